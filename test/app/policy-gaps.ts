// What a text that got into the window would try, to become a script. Runs in the page or in a worker of it, so it knows nothing of this module.

/** Those of the ways that were open; none of them should be. @param script an address of the page's own origin that is a script */
export async function policyGaps(script: string): Promise<string[]> {
  // what the developer tools call may use eval as long as the call lasts
  await new Promise((resolve) => setTimeout(resolve));
  type Rules = { createScriptURL: (url: string) => string };
  const { trustedTypes } = globalThis as unknown as { trustedTypes: { createPolicy: (name: string, rules: Rules) => Rules } };
  const rules: Rules = { createScriptURL: (url) => url };
  const ways: Record<string, () => unknown> = {
    'a policy of its own': () => trustedTypes.createPolicy('mine', rules),
    'a policy for everything': () => trustedTypes.createPolicy('default', rules),
    'our policy once more': () => trustedTypes.createPolicy('axon-worker', rules),
    'a worker by its address': () => new Worker(script, { type: 'module' }).terminate(),
    'a worker of a text': () => new Worker(URL.createObjectURL(new Blob(['1']))).terminate(),
    markup: () => Object.assign(document.createElement('div'), { innerHTML: '<b>x</b>' }),
    'the text of a script': () => Object.assign(document.createElement('script'), { textContent: '1' }),
    'the address of a script': () => Object.assign(document.createElement('script'), { src: script }),
    // oxlint-disable-next-line no-eval -- what is tried
    eval: () => (0, eval)('1'),
    // oxlint-disable-next-line no-new-func, no-implied-eval -- what is tried
    'a function of a text': () => new Function('return 1'),
    WebAssembly: () => new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])),
  };
  return Object.entries(ways).flatMap(([name, tried]) => {
    try {
      tried();
      return [name];
    } catch {
      return [];
    }
  });
}
