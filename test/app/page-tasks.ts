// What a page's tasks take, by a trace of the browser.
import type { Page } from 'playwright';

type TraceEvent = { name?: string; tid?: number; pid?: number; tdur?: number; args?: { name?: string } };

/** Begins a trace of the whole browser. Returns how to end it, which gives what it saw. */
async function traced(page: Page, category: string): Promise<() => Promise<TraceEvent[]>> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as TraceEvent[])));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: [category] } });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    await session.detach();
    return events;
  };
}

/**
 * Begins to note the tasks of the page's main thread. Returns how to end it, which gives the processor time of each, ms: what a task takes
 * of itself, however busy the machine is.
 */
export async function tracedTasks(page: Page): Promise<() => Promise<number[]>> {
  const end = await traced(page, 'toplevel');
  return async () => {
    const events = await end();
    // other pages' threads are idle
    const mains = new Set(
      events.flatMap(({ name, args, pid, tid }) => (name === 'thread_name' && args?.name === 'CrRendererMain' ? [`${pid} ${tid}`] : [])),
    );
    return events.flatMap(({ name, pid, tid, tdur }) =>
      name?.endsWith('RunTask') === true && tdur !== undefined && mains.has(`${pid} ${tid}`) ? [tdur / 1000] : [],
    );
  };
}

/** How many frames the browser's pages put on the screen in that time. */
export async function framesWithin(page: Page, ms: number): Promise<number> {
  const end = await traced(page, 'cc');
  await new Promise((resolve) => setTimeout(resolve, ms));
  return (await end()).filter(({ name }) => name === 'MainFrame.Draw').length;
}
