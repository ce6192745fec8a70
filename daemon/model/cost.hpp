#pragma once
// What an attempt costs, as its message's trace keeps it: estimated when it is handed over, billed when the provider
// says so. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "model/trace.hpp"

namespace chapar::model {

struct Cost {
    int attempt = 0;
    int segments = 0;  // of an estimate
    Money amount;
    std::string currency;
};

/// The trace's details: "attempt 1: 2 segments, 2400 IRR" and "attempt 1: 2400 IRR".
std::string estimated_detail(const Cost& cost);
std::string billed_detail(const Cost& cost);
/// nullopt: it is none of these.
std::optional<Cost> read_cost(std::string_view detail);

/// What a stored trace says first of an attempt under `reason` (estimated or billed).
std::optional<Cost> find_cost(std::string_view trace, Reason reason, int attempt);

/// "0.0079 USD", as plugins tell it.
std::string show_bill(const Cost& cost);
/// nullopt: not so.
std::optional<Cost> read_bill(std::string_view text);

}  // namespace chapar::model
