// Machines of their own on this one: network namespaces with cables between them. An unprivileged user namespace does when the system allows
// one; root otherwise. Nothing is named in the system: each namespace lives as long as one `cat` that waits for our end of its pipe, so when
// this process ends in whatever way, the kernel takes everything away.
import { execFileSync, spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Rate of a slow link; burst and queue are those of a small home router. */
export type Rate = { mbit: number };

/** Of every frame, in each direction. */
export type Quality = { delayMs: number; jitterMs?: number; lossPercent?: number };

const relayProgram = fileURLToPath(new URL('./relay.py', import.meta.url));

export type Lab = {
  /** user: inside a user namespace; root: as root, where the system allows no user namespace. */
  readonly privilege: 'user' | 'root';
  /** A machine with nothing but its loopback, which is up. */
  host(name: string): Promise<Host>;
  /** A switch without a machine: cables of any number of hosts end there. */
  lan(): Lan;
  /** A bad line between two switches, which are one network then; resolves when frames go through. */
  line(one: Lan, other: Lan): Promise<Line>;
  /** Ends every process that was started in here, and with them the namespaces. */
  destroy(): Promise<void>;
};

export type Lan = { readonly bridge: string };

export type Line = {
  /** Resolves when it is so. */
  become(quality: Quality): Promise<void>;
};

export type Host = {
  readonly name: string;
  /** Puts a cable between a new interface of this host and a switch. up: false leaves it unplugged. */
  plug(lan: Lan, options: { nic: string; cidr: string; up?: boolean }): Cable;
  /** Runs to the end and returns stdout. Throws with stderr when it fails. */
  run(command: string, ...args: string[]): string;
  /** Starts a program in there. Its pid is the program's own, so that signals reach it. */
  spawn(command: string, args: string[], options?: SpawnOptions): ChildProcess;
};

export type Cable = {
  /** The cable is pulled out at the switch: the host's interface stays configured, without carrier. */
  unplug(): void;
  plug(): void;
  /** Both ways; undefined takes the limit off. */
  limit(rate: Rate | undefined): void;
};

/** Makes the lab. Throws with the remedy when this system lets us have no namespaces: a tier that cannot run has failed. */
export async function createLab(): Promise<Lab> {
  if (process.platform !== 'linux') throw new Error('Network namespaces exist on Linux only.');
  const privilege = allowedPrivilege();
  const running = new Set<ChildProcess>();
  const track = (child: ChildProcess): ChildProcess => {
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  const hold = async (command: string[]): Promise<number> => {
    const [program = '', ...args] = command;
    // cat echoes one line when it is there, that is, when the namespace is
    const child = track(spawn(program, [...args, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] }));
    child.stdin?.write('there\n');
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`a namespace could not be made (${command.join(' ')} ended with ${code})`)));
      child.once('error', reject);
    });
    if (child.pid === undefined) throw new Error('a namespace has no process');
    return child.pid;
  };

  const core = await hold(privilege === 'user' ? ['unshare', '-Urn'] : ['unshare', '-n']);
  const enter = (pid: number): string[] =>
    privilege === 'user' ? ['-t', String(pid), '-U', '-n', '--preserve-credentials', '--'] : ['-t', String(pid), '-n', '--'];
  const runIn = (pid: number, command: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync('nsenter', [...enter(pid), ...command], { encoding: 'utf8', env: systemPath() });
    if (status !== 0) throw new Error(`${command.join(' ')}: ${error?.message ?? stderr.trim()}`);
    return stdout;
  };
  const ipIn = (pid: number, line: string): string => runIn(pid, ['ip', ...line.split(' ')]);
  let made = 0;

  return {
    privilege,
    async host(name) {
      const pid = await hold(
        privilege === 'user' ? ['nsenter', '-t', String(core), '-U', '--preserve-credentials', '--', 'unshare', '-n'] : ['unshare', '-n'],
      );
      ipIn(pid, 'link set lo up');
      return {
        name,
        plug(lan, { nic, cidr, up = true }) {
          const far = `p${(made += 1)}`;
          ipIn(core, `link add ${far} type veth peer name q${made} netns ${pid}`);
          ipIn(pid, `link set q${made} name ${nic}`);
          ipIn(pid, `address add ${cidr} dev ${nic}`);
          ipIn(pid, `link set ${nic} up`);
          ipIn(core, `link set ${far} master ${lan.bridge}`);
          if (up) ipIn(core, `link set ${far} up`);
          return cable({ core, far, pid, nic, runIn, ipIn });
        },
        run: (command, ...args) => runIn(pid, [command, ...args]),
        spawn: (command, args, options = {}) =>
          track(spawn('nsenter', [...enter(pid), command, ...args], { ...options, env: systemPath(options.env) })),
      };
    },
    lan() {
      const bridge = `br${(made += 1)}`;
      // without snooping: it waits for a querier that no home has, and drops multicast meanwhile
      ipIn(core, `link add ${bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`);
      ipIn(core, `link set ${bridge} up`);
      return { bridge };
    },
    async line(one, other) {
      const taps = [`t${(made += 1)}`, `u${made}`] as const;
      const python = track(
        spawn('nsenter', [...enter(core), 'python3', relayProgram, ...taps], { stdio: ['pipe', 'pipe', 'inherit'], env: systemPath() }),
      );
      const said = lineReader(python);
      await said();
      for (const [tap, lan] of [
        [taps[0], one],
        [taps[1], other],
      ] as const) {
        ipIn(core, `link set ${tap} master ${lan.bridge}`);
        ipIn(core, `link set ${tap} up`);
      }
      return {
        async become({ delayMs, jitterMs = 0, lossPercent = 0 }) {
          python.stdin?.write(`${JSON.stringify({ delayMs, jitterMs, lossPercent })}\n`);
          await said();
        },
      };
    },
    async destroy() {
      const ended = [...running].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const over = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await over;
      });
      await Promise.all(ended);
    },
  };
}

/** One line after another of what that program says; fails when it has ended. */
function lineReader(child: ChildProcess): () => Promise<string> {
  if (child.stdout === null) throw new Error('no pipe');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the relay ended; it needs python3 and /dev/net/tun');
    return value;
  };
}

type CableEnds = {
  core: number;
  far: string;
  pid: number;
  nic: string;
  runIn: (pid: number, command: string[]) => string;
  ipIn: (pid: number, line: string) => string;
};

function cable({ core, far, pid, nic, runIn, ipIn }: CableEnds): Cable {
  const shape = (place: number, device: string, rate: Rate | undefined): void => {
    const change = rate === undefined ? 'qdisc del' : 'qdisc replace';
    const how = rate === undefined ? '' : ` tbf rate ${rate.mbit}mbit burst 32kb latency 200ms`;
    runIn(place, ['tc', ...`${change} dev ${device} root${how}`.split(' ')]);
  };
  return {
    unplug: () => void ipIn(core, `link set ${far} down`),
    plug: () => void ipIn(core, `link set ${far} up`),
    limit(rate) {
      shape(pid, nic, rate);
      shape(core, far, rate);
    },
  };
}

function allowedPrivilege(): Lab['privilege'] {
  for (const tool of ['ip', 'unshare', 'nsenter']) {
    if (spawnSync('sh', ['-c', `command -v ${tool}`], { env: systemPath() }).status !== 0) {
      throw new Error(`The program "${tool}" is missing: install the Debian packages iproute2 and util-linux.`);
    }
  }
  // a bridge is what the strictest systems refuse inside a user namespace
  const probe = 'ip link add br0 type bridge';
  if (spawnSync('unshare', ['-Urn', 'sh', '-c', probe], { env: systemPath() }).status === 0) return 'user';
  if (process.getuid?.() !== 0) {
    throw new Error(
      'These tests need network namespaces: allow unprivileged user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0), or run them as root.',
    );
  }
  execFileSync('unshare', ['-n', 'sh', '-c', probe], { env: systemPath() });
  return 'root';
}

/** ip and tc lie in /usr/sbin, which is not on everyone's PATH. */
function systemPath(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, PATH: `${env['PATH'] ?? ''}:/usr/sbin:/sbin` };
}
