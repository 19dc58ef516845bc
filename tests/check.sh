#!/usr/bin/env bash
# What `./dev check` adds to `./dev test`: formatting; the same results from another compiler and a debug build, with the
# sanitizers, the library's assertions and uninitialised memory filled; every test under the sanitizers; a short fuzz run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source ./dev
mkdir -p build
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

echo "== formatting"
check_format

echo "== sanitizers"
build sanitize
export BROKERSIM_SEEDS=5 # of the longest test; each takes ten times as long here
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
ctest --test-dir build/sanitize --output-on-failure -j "$(nproc)" --timeout 1800

echo "== the same run from both builds"
build release brokersim
for seed in 7 8; do
    for preset in release sanitize; do
        "build/$preset/brokersim" run tests/end_to_end/small-rebalance.toml --seed "$seed" --out "$out/$preset-$seed" >/dev/null
    done
    python3 tests/compare_results.py "$out/release-$seed/result.json" "$out/sanitize-$seed/result.json"
done

echo "== fuzzing, briefly"
for program in build/sanitize/fuzz_*; do
    name=$(basename "$program")
    mkdir -p "$out/$name"
    runs=20000
    case $name in
        fuzz_scenario) cp scenarios/*.toml tests/end_to_end/*.toml "$out/$name/" ;;
        fuzz_store)
            python3 tests/fuzz/store_seeds.py "$out/$name"
            runs=3000 # each recovers a store several times
            ;;
        fuzz_assign)
            for lines in tests/vectors/assignment/*.jsonl.gz; do
                zcat "$lines" | sed -n 1,3p >"$out/$name/$(basename "$lines" .gz)"
            done
            ;;
    esac
    "$program" -seed=1 -runs="${FUZZ_RUNS:-$runs}" -max_total_time="${FUZZ_SECONDS:-40}" -max_len=16384 -rss_limit_mb=4096 -artifact_prefix="$out/" \
        "$out/$name" 2>"$out/$name.log" || { tail -40 "$out/$name.log"; exit 1; }
    echo "$name: $(find "$out/$name" -type f | wc -l) inputs that reach something new, no crash"
done
