#pragma once
// What receivers hear of messages that routes sent: a bounce that came by mail, a complaint. The attempt that they name
// proves itself (a sealed return path), so the message says by which route it went and to which address; what the
// report itself says of addresses is somebody else's word and never suppresses anything.
//
// Threads: `take` from any, at once; the rest runs on `upkeep`, since it reads the store.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "model/report.hpp"
#include "store/messages.hpp"
#include "store/people.hpp"
#include "track/report_intake.hpp"

namespace boost::asio {
class any_io_executor;
}

namespace chapar::track {

/// A report about a message of ours, as the route's own would be: its route, channel and address filled in, and the row
/// of the suppression list that it asks for. Nothing: no attempt of the message has that number. Pure.
std::optional<model::Report> as_of_route(model::Report told, const store::Record& record, bool may_suppress,
                                         Timestamp now);

/// What the person says who wrote to the mailbox of List-Unsubscribe: no to what the message was about, by its channel.
/// Nothing: the report says something else, or nobody is left to say it. Pure.
std::optional<model::Consent> mailed_no(const model::Report& told, const store::Record& record, Timestamp now);

class ReceivedReports {
  public:
    struct Deps {
        const Clock& clock;
        store::Messages& messages;
        store::People& people;
        ReportIntake& intake;
        metrics::Registry& metrics;
        const boost::asio::any_io_executor& upkeep;
        std::function<std::shared_ptr<const config::Settings>()> settings;
    };
    explicit ReceivedReports(Deps deps) : deps_(std::move(deps)) {}

    /// `durable` runs once: true when it is on disk or there is nothing that it could be about, false when it could not
    /// be stored and has to be reported again.
    void take(std::string_view receiver, model::Report told, std::function<void(bool)> durable);

  private:
    void look_up(const std::string& receiver, model::Report told, std::function<void(bool)> durable);
    void count(std::string_view receiver, std::string_view kind, std::string_view effect);

    const Deps deps_;
};

}  // namespace chapar::track
