#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/endian/conversion.hpp>

/// Big-endian integers in mapped bytes, at any alignment: all that RocketMQ's files consist of.
namespace brokersim::store {

template <class Int>
Int load_big(const std::byte* at) {
    return boost::endian::endian_load<Int, sizeof(Int), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(at));
}

template <class Int>
void save_big(std::byte* at, Int value) {
    boost::endian::endian_store<Int, sizeof(Int), boost::endian::order::big>(reinterpret_cast<unsigned char*>(at),
                                                                             value);
}

}  // namespace brokersim::store
