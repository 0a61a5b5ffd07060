// What a web page can do to an address of this machine. Runs inside of the page: it may use nothing from outside of itself.

export type Attack = { target: string; token: string; oneTime: string };
/** Everything that the page could read, and every socket or stream that opened. */
export type Loot = { tried: number; read: string[]; opened: string[] };

export async function attackFromPage({ target, token, oneTime }: Attack): Promise<Loot> {
  const read: string[] = [];
  const opened: string[] = [];
  const tries: Promise<unknown>[] = [];
  const began = performance.now();
  let settled = began;
  const attempt = (run: () => Promise<unknown>): void => {
    tries.push(
      run()
        .catch(() => undefined)
        .then(() => {
          settled = performance.now();
        }),
    );
  };
  // Of some nobody hears when they have come. A machine at work takes its time: as long as anything still comes, the rest is waited for.
  const patience = async (): Promise<void> => {
    while (performance.now() - began < 2500 || performance.now() - settled < 1000) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const grab = async (path: string, init: RequestInit): Promise<void> => {
    const response = await fetch(target + path, init);
    if (response.type === 'opaque') return;
    read.push(`${path} ${response.status} ${[...response.headers.values()].join(' ')} ${await response.text()}`);
  };
  const json = { 'content-type': 'application/json' };
  const known = { ...json, authorization: `Bearer ${token}` };
  const secret = '{"kind":"key"}';
  const paths = ['/', '/index.html', '/session', '/key', '/secret', '/window', '/proof', '/control', '/nothing'];

  for (const path of paths) {
    for (const mode of ['cors', 'no-cors'] as const) {
      attempt(() => grab(path, { mode, credentials: 'include', cache: 'no-store' }));
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
        attempt(() => grab(path, { mode, method: 'POST', headers: { 'content-type': type }, body: secret }));
    }
    attempt(() => grab(path, { method: 'POST', headers: known, body: secret }));
    attempt(() => grab(path, { headers: { authorization: `Bearer ${token}`, 'x-axon-nonce': 'ab'.repeat(32) } }));
    for (const method of ['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) attempt(() => grab(path, { method, headers: known }));
    attempt(() => Promise.resolve(navigator.sendBeacon(target + path, new Blob([secret], { type: 'text/plain' }))));
    attempt(() => Promise.resolve(navigator.sendBeacon(target + path, new Blob([secret], { type: 'application/json' }))));
  }
  attempt(() => grab('/session', { method: 'POST', headers: json, body: JSON.stringify({ token: oneTime }) }));
  attempt(() => grab('/session', { method: 'POST', mode: 'no-cors', body: JSON.stringify({ token: oneTime }) }));

  for (const protocols of [[], ['axon.control'], ['axon.control', `axon.token.${token}`]])
    attempt(
      () =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(`${target.replace('http', 'ws')}/control`, protocols);
          socket.addEventListener('open', () => resolve(opened.push(`socket ${protocols.length}`)));
          socket.addEventListener('error', reject);
        }),
    );
  for (const path of paths)
    attempt(
      () =>
        new Promise((resolve, reject) => {
          const source = new EventSource(target + path, { withCredentials: true });
          source.addEventListener('open', () => resolve(opened.push(`stream ${path}`)));
          source.addEventListener('error', reject);
        }),
    );

  const element = (name: string, attributes: Record<string, string>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const made = document.createElement(name);
      made.addEventListener('load', resolve);
      made.addEventListener('error', reject);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      document.body.append(made);
    });
  for (const path of ['/', '/key', '/session', '/window']) {
    const address = target + path;
    for (const name of ['img', 'script', 'iframe', 'embed', 'video', 'audio']) attempt(() => element(name, { src: address }));
    attempt(() => element('script', { src: address, type: 'module' }));
    attempt(() => element('object', { data: address }));
    for (const rel of ['stylesheet', 'prefetch', 'preload', 'modulepreload', 'manifest', 'icon'])
      // Nobody hears when most of these have come.
      attempt(() =>
        Promise.race([element('link', { rel, href: address, as: 'fetch' }), new Promise((resolve) => setTimeout(resolve, 500))]),
      );
    attempt(() => {
      const script = document.createElement('script');
      script.textContent = `import(${JSON.stringify(address)}).catch(() => {})`;
      document.body.append(script);
      return Promise.resolve();
    });
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      attempt(async () => {
        const name = `frame${document.querySelectorAll('iframe').length}`;
        const frame = document.createElement('iframe');
        frame.name = name;
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', action: address, enctype, target: name });
        const field = document.createElement('input');
        Object.assign(field, { name: '{"kind":"key","x":"', value: '"}' });
        form.append(field);
        document.body.append(frame, form);
        form.submit();
        await new Promise((resolve) => frame.addEventListener('load', resolve));
        // Of the own origin, when the name was rebound.
        read.push(`form ${path} ${frame.contentDocument?.body?.textContent ?? ''}`);
      });
    }
    attempt(
      () =>
        new Promise((resolve) => {
          const request = new XMLHttpRequest();
          request.addEventListener('loadend', () => {
            if (request.status !== 0) read.push(`xhr ${path} ${request.status} ${request.getAllResponseHeaders()} ${request.responseText}`);
            resolve(null);
          });
          request.open('POST', address);
          request.withCredentials = true;
          request.send(secret);
        }),
    );
  }
  await Promise.race([Promise.all(tries), patience()]);
  return { tried: tries.length, read, opened };
}
