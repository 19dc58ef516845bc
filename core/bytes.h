#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace brokersim {

/// Memory that stays where it is, with the same content, while somebody holds a Slice of it: a block on the heap, or a
/// part of a mapped file that is not written again. Counted without atomics: a run has one thread.
class Pinned : public boost::intrusive_ref_counter<Pinned, boost::thread_unsafe_counter> {
public:
    virtual ~Pinned() = default;
};
using PinnedPtr = boost::intrusive_ptr<Pinned>;

/// Bytes together with what keeps them alive. Cheap to copy; never written through.
struct Slice {
    PinnedPtr owner;
    std::span<const std::byte> bytes;

    std::size_t size() const { return bytes.size(); }
    bool empty() const { return bytes.empty(); }
    std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

/// A block on the heap that is filled once and then handed on as slices.
class HeapBlock final : public Pinned {
public:
    static boost::intrusive_ptr<HeapBlock> make(std::size_t size);

    std::span<std::byte> writable() { return {data_, size_}; }
    std::span<const std::byte> bytes() const { return {data_, size_}; }
    Slice slice() { return {PinnedPtr(this), {data_, size_}}; }

    static void operator delete(void* block);

private:
    explicit HeapBlock(std::byte* data, std::size_t size) : data_(data), size_(size) {}
    static void* operator new(std::size_t, void* at) { return at; }
    static void operator delete(void*, void*) {}

    std::byte* data_;
    std::size_t size_;
};

/// A slice with a copy of `text` of its own.
Slice copy_slice(std::string_view text);

inline std::span<const std::byte> as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace brokersim
