#include "core/bytes.h"

#include <new>

namespace brokersim {

boost::intrusive_ptr<HeapBlock> HeapBlock::make(std::size_t size) {
    void* memory = ::operator new(sizeof(HeapBlock) + size);  // the bytes lie behind the object: one allocation
    auto* data = static_cast<std::byte*>(memory) + sizeof(HeapBlock);
    return boost::intrusive_ptr<HeapBlock>(new (memory) HeapBlock(data, size));
}

void HeapBlock::operator delete(void* block) { ::operator delete(block); }

Slice copy_slice(std::string_view text) {
    auto block = HeapBlock::make(text.size());
    if (!text.empty()) std::memcpy(block->writable().data(), text.data(), text.size());
    return block->slice();
}

}  // namespace brokersim
