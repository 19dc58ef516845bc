#pragma once

#include <string>

#include "live/calibrate/calibrate.h"
#include "scenarios/figures.h"

namespace brokersim::cli {

/// The figures of a machine as the simulated one takes them, rounded to four digits.
scenario::Figures figures_of(const live::Measured& measured);

/// A file of figures for `[hardware] profile`: TOML that says of each figure how it was measured and how it spread.
/// `when` is a date for people.
std::string profile_text(const live::Measured& measured, const std::string& directory, const std::string& when);

/// What a reader of the figures should know of this disk, a sentence each: that it is not a plain one, that something
/// could not be measured as it should.
std::vector<std::string> remarks_on(const live::Measured& measured);

}  // namespace brokersim::cli
