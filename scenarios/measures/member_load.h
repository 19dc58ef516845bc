#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scenarios/history.h"

namespace brokersim::scenario {

/// The time that the members of groups spent in handlers, beside an even share: what each handler took, divided among
/// the members of the group that live when it ends.
class MemberLoad final : public Observer {
public:
    struct Spent {
        std::int64_t busy_ns = 0;  // of all threads together
        std::int64_t even_ns = 0;
    };

    explicit MemberLoad(const History& history) : history_(history) {}
    KindMask interests() const override;
    void observe(const Event& event) override;

    /// So far; by node.
    std::vector<Spent> spent() const;

private:
    struct Group {
        std::int64_t living = 0;
        std::int64_t even_ns = 0;  // the share of somebody who lived all the time
    };
    struct Member {
        Spent spent;  // even_ns: of ended lives
        bool alive = false;
        std::int64_t joined = 0;  // the group's even_ns when this life began
        std::uint32_t group = none;
    };
    const History& history_;
    std::vector<Group> groups_;
    std::vector<Member> members_;  // by node
};

/// Of the members in `nodes`: the most that one of them was busy, over its even share, in thousandths. Left out are
/// those who were there for so little of the work that their even share is below a tenth of the largest. Nothing if no
/// handler ended.
std::optional<std::int64_t> load_imbalance(const std::vector<std::uint32_t>& nodes,
                                           const std::vector<MemberLoad::Spent>& before,
                                           const std::vector<MemberLoad::Spent>& after);

}  // namespace brokersim::scenario
