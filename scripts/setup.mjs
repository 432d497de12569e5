// Before every script that needs packages: installs them on a fresh clone. Plain JavaScript, since it may run on the
// machine's own Node, which need not strip types. Does nothing, quickly, when everything is there.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isInstalled = ['.package-lock.json', 'node/package.json', '.bin/node'].every((file) =>
  existsSync(join(root, 'node_modules', file)),
);

if (!isInstalled) {
  process.stderr.write('Installing packages (once)…\n');
  // Not `npm ci`: it refuses a lock file that lacks a package of another platform, which some registries don't carry.
  // With the lock file there, `install` takes the same versions; `--no-save` leaves the files of the clone alone.
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write('npm could not install the packages: see above. Is the registry reachable?\n');
    process.exit(status ?? 1);
  }
}
