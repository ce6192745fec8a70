#pragma once
// The commands that speak to the daemon.

#include <span>
#include <string_view>

#include "cli/command.hpp"

namespace chapar::cli {

int run_send(Context&, std::span<const std::string_view>);     // send.cpp
int run_show(Context&, std::span<const std::string_view>);     // messages.cpp
int run_explain(Context&, std::span<const std::string_view>);  // messages.cpp
int run_list(Context&, std::span<const std::string_view>);     // messages.cpp
int run_cancel(Context&, std::span<const std::string_view>);   // messages.cpp
int run_retry(Context&, std::span<const std::string_view>);    // messages.cpp
int run_release(Context&, std::span<const std::string_view>);  // bulk.cpp
int run_backup(Context&, std::span<const std::string_view>);   // backup.cpp
int run_restore(Context&, std::span<const std::string_view>);  // backup.cpp
int run_queue(Context&, std::span<const std::string_view>);    // queue.cpp
int run_route(Context&, std::span<const std::string_view>);    // queue.cpp

int run_link(Context&, std::span<const std::string_view>);        // link.cpp
int run_recipient(Context&, std::span<const std::string_view>);   // recipient.cpp
int run_suppress(Context&, std::span<const std::string_view>);    // suppress.cpp
int run_events(Context&, std::span<const std::string_view>);      // events.cpp
int run_engagement(Context&, std::span<const std::string_view>);  // engagement.cpp
int run_report(Context&, std::span<const std::string_view>);      // report.cpp
int run_webhook(Context&, std::span<const std::string_view>);     // webhook.cpp
int run_what_if(Context&, std::span<const std::string_view>);     // what_if.cpp

}  // namespace chapar::cli
