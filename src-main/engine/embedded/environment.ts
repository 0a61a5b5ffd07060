/** What a child process of an engine may see of the environment: no secrets of ours, no hooks of a debugger or test runner. */
const kept = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'LC_ALL',
  'SYSTEMROOT',
  'SystemRoot',
  'windir',
  'ProgramFiles',
  'LOCALAPPDATA',
  'APPDATA',
  // where GPU drivers and libraries are, and which GPU to use
  'LD_LIBRARY_PATH',
  'CUDA_PATH',
  'CUDA_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'VK_ICD_FILENAMES',
  'VK_DRIVER_FILES',
  'VK_LOADER_LAYERS_DISABLE',
  'XDG_RUNTIME_DIR',
  'OMP_NUM_THREADS',
] as const;

/** The child's whole environment. ELECTRON_RUN_AS_NODE makes Electron's binary plain Node; Node itself ignores it. */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const child: NodeJS.ProcessEnv = { ELECTRON_RUN_AS_NODE: '1', GGML_NO_BACKTRACE: '1' };
  for (const name of kept) if (env[name] !== undefined) child[name] = env[name];
  return child;
}
