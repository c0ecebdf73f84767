"""The benchmark: `make bench` (docs/benchmarks.md). Never part of the site."""
