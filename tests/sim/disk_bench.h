#pragma once

#include <vector>

#include "sim/disk.h"

namespace brokersim::sim::testing {

/// A disk beside an engine, and when its operations were complete.
struct DiskBench {
    explicit DiskBench(const DiskSpec& disk_spec) : disk(engine, disk_spec) {}

    struct Completion {
        int number;
        std::int64_t at_ns;
        bool operator==(const Completion&) const = default;
    };

    void submit(int number, Disk::Kind kind, std::uint64_t address, std::uint64_t bytes) {
        disk.submit(kind, address, bytes, [this, number] { complete.push_back({number, ns_of(engine.now())}); });
    }
    void read(int number, std::uint64_t address, std::uint64_t bytes = 4096) {
        submit(number, Disk::Kind::read, address, bytes);
    }
    void write(int number, std::uint64_t address, std::uint64_t bytes = 4096) {
        submit(number, Disk::Kind::write, address, bytes);
    }
    void flush(int number) { submit(number, Disk::Kind::flush, 0, 0); }
    void run_to(std::int64_t ns) { engine.run_until(WorldTime(Duration(ns))); }
    void run() {
        while (engine.step(WorldTime::max())) {
        }
    }

    Engine engine;
    Disk disk;
    std::vector<Completion> complete;
};

}  // namespace brokersim::sim::testing
