// What a page's tasks take, by a trace of the browser.
import type { Page } from 'playwright';

/**
 * Begins to note the tasks of the page's main thread. Returns how to end it, which gives the processor time of each, ms: what a task takes
 * of itself, however busy the machine is.
 */
export async function tracedTasks(page: Page): Promise<() => Promise<number[]>> {
  const session = await page.context().newCDPSession(page);
  const events: { name?: string; tid?: number; pid?: number; tdur?: number; args?: { name?: string } }[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as typeof events)));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel'] } });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    await session.detach();
    // other pages' threads are idle
    const mains = new Set(
      events.flatMap(({ name, args, pid, tid }) => (name === 'thread_name' && args?.name === 'CrRendererMain' ? [`${pid} ${tid}`] : [])),
    );
    return events.flatMap(({ name, pid, tid, tdur }) =>
      name?.endsWith('RunTask') === true && tdur !== undefined && mains.has(`${pid} ${tid}`) ? [tdur / 1000] : [],
    );
  };
}
