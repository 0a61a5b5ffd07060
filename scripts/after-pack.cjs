// The stand-in runtime brings a default app of ours along; an installed app must load nothing but its own archive.
const { rmSync } = require('node:fs');
const path = require('node:path');

exports.default = async ({ appOutDir, electronPlatformName }) => {
  if (electronPlatformName === 'linux') rmSync(path.join(appOutDir, 'resources', 'default_app.asar'), { force: true });
};
