// Imported first: Node's own warnings about features that it calls experimental are not for the people who use Axon.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning' && warning.name !== 'DeprecationWarning')
    process.stderr.write(`${warning.name}: ${warning.message}\n`);
});
