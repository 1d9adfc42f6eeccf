// Exits with 0 unless the package is said to be built already (`IS_BUILT`), as `.ci/run` does once it is.
process.exit(process.env.IS_BUILT ? 1 : 0);
