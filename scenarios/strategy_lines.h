#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "core/client/allocate.h"

/// The lines that a run and a program that shares queues out say to each other: those of `brokersim assign`, for
/// rocketmq.alloc.averagely (tests/vectors/assignment/README.md), with the id that is asked for as "asking".
namespace brokersim::scenario {

/// What is asked, as the text of a JSON object. Both lists are sorted, and `asking` is one of the ids.
std::string question_input(const std::string& group, const std::string& asking, const client::Queues& queues,
                           const client::ClientIds& client_ids);
/// The line that asks it; `number` becomes its case.
std::string question_line(std::size_t number, const std::string& input);

/// The queues that an answer line gives to `asking`, in its order: output.allocation holds, for this id at least,
/// places in `queues` from 0 on. If it holds all ids, every queue must be given to exactly one. An error says what is
/// wrong.
std::expected<client::QueueRefs, std::string> read_share(const std::string& line, const std::string& asking,
                                                         const client::Queues& queues,
                                                         const client::ClientIds& client_ids);

}  // namespace brokersim::scenario
