#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <variant>

#include <boost/pfr/core.hpp>

#include "core/notes.h"

namespace brokersim::sim {

/// The fields of a note as words, in their order, for the digest. Works for every note: a plain struct of integers,
/// enumerations, flags, quantities and times.
class NoteWords {
public:
    explicit NoteWords(const Note& note) {
        std::visit(
            [this](const auto& kind) { boost::pfr::for_each_field(kind, [this](const auto& f) { this->add(f); }); },
            note);
    }
    std::span<const std::byte> bytes() const {
        return {reinterpret_cast<const std::byte*>(words_.data()), count_ * sizeof(std::uint64_t)};
    }

private:
    template <class Field>
    void add(const Field& field) {
        if constexpr (std::is_integral_v<Field> || std::is_enum_v<Field>)
            words_.at(count_++) = static_cast<std::uint64_t>(field);
        else if constexpr (requires { field.time_since_epoch(); })
            words_.at(count_++) = static_cast<std::uint64_t>(field.time_since_epoch().count());
        else
            words_.at(count_++) = static_cast<std::uint64_t>(field.value);
    }

    std::array<std::uint64_t, 16> words_;
    std::size_t count_ = 0;
};

}  // namespace brokersim::sim
