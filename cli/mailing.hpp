#pragma once
// `chapar send --csv`: a file is checked as a whole, then sent, each person once. Read twice, never held.

#include "cli/command.hpp"
#include "cli/options.hpp"

namespace chapar::cli {

int send_csv(const Context& context, const Parsed& options);

}  // namespace chapar::cli
