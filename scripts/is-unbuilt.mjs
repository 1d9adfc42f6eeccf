// Exits with 0 unless `IS_BUILT` is set, as `.ci/run` does after it built the package.
process.exit(process.env.IS_BUILT ? 1 : 0);
