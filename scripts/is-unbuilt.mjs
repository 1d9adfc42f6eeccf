// Exits with 0 unless `IS_BUILT` is set. `.ci/run` sets it after it built the package.
process.exit(process.env.IS_BUILT ? 1 : 0);
