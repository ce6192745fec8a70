#pragma once
// What is asked of reports.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engage/attribution.hpp"
#include "ingress/report_lines.hpp"
#include "net/http_message.hpp"

namespace chapar::ingress {

struct ReportQuery {
    store::TallyFilter filter;
    LineFilter lines;
    std::vector<Dimension> by;
    bool is_csv = false;
    // Of credit that is worked out anew.
    std::string goal;
    std::optional<engage::Credit> credit;
    std::optional<Milliseconds> window;
};

/// What is wrong, as a sentence; empty: nothing. `anew`: credit, window and goal are known too.
std::string read_report_query(const net::Request& request, const net::Caller& caller, bool anew, ReportQuery& out);
/// A day as people write it, in either calendar; nothing: it is none.
std::optional<std::int32_t> read_day(std::string_view text);

}  // namespace chapar::ingress
