#include "admin/config_check.hpp"

#include <algorithm>
#include <vector>

#include "dispatch/facts.hpp"
#include "dispatch/prepare.hpp"

namespace chapar::admin {
namespace {

using model::Ruling;

constexpr int page_size = 500;

bool counts_segments(const config::Settings& settings) {
    return std::ranges::any_of(settings.caps, [](const config::CapSettings& cap) {
        return cap.count_by != config::CapSettings::CountBy::messages;
    });
}

/// What becomes of a message: it goes, waits until a time, or ends.
struct Outcome {
    enum class Kind : std::uint8_t { goes, waits, ends } kind = Kind::goes;
    Timestamp due{};
    bool operator==(const Outcome&) const = default;
};

/// From channel to channel, as far as the ruling leads without a wait in between.
Outcome outcome(const RuleSide& side, dispatch::Facts facts, model::Ledger& ledger, Timestamp at) {
    facts.price(side.settings, nullptr);
    for (std::size_t i = 0; i <= facts.message->plan.size(); ++i) {
        const auto ruling = policy::decide(side.rules, facts.subject(), ledger, at).ruling;
        switch (ruling.action) {
            case Ruling::Action::go:
                return {Outcome::Kind::goes, {}};
            case Ruling::Action::end:
                return {Outcome::Kind::ends, {}};
            case Ruling::Action::wait:
                return {Outcome::Kind::waits, ruling.due};
            case Ruling::Action::step:
                if (ruling.due > at) return {Outcome::Kind::waits, ruling.due};
                facts.step = ruling.step;
        }
    }
    return {};
}

void count(const Outcome& was, const Outcome& is, Comparison& out) {
    using Kind = Outcome::Kind;
    if (was == is)
        ++out.unchanged;
    else if (is.kind == Kind::goes)
        ++out.released;
    else if (is.kind == Kind::ends)
        ++out.dropped;
    else if (was.kind == Kind::goes)
        ++out.held;
    else if (was.kind == Kind::ends)
        ++out.kept;
    else
        ++out.moved;
}

class Scan {
  public:
    Scan(render::Catalogue& catalogue, const RuleSide& running, const RuleSide& next, Timestamp now)
        : catalogue_(catalogue),
          running_(running),
          next_(next),
          now_(now),
          segments_(counts_segments(running.settings) || counts_segments(next.settings)) {}

    void look(const store::Record& record, model::Ledger& ledger, Comparison& out) const {
        auto facts = dispatch::read_facts(record.message, record.progress.step, running_.settings.daemon.country);
        // A message for later is judged at its own time.
        const auto at = std::max(now_, record.message.send_at);
        if (segments_) {
            const auto& daemon = running_.settings.daemon;
            facts.segments = dispatch::count_segments(record.message, catalogue_, {daemon.timezone, daemon.locale}, at);
        }
        count(outcome(running_, facts, ledger, at), outcome(next_, facts, ledger, at), out);
        ++out.looked_at;
    }

  private:
    render::Catalogue& catalogue_;
    const RuleSide& running_;
    const RuleSide& next_;
    const Timestamp now_;
    const bool segments_;
};

}  // namespace

Result<Comparison> compare(store::Messages& messages, store::PolicyReads& policy_reads, render::Catalogue& catalogue,
                           const Clock& clock, const RuleSide& running, const RuleSide& next, ScanLimits limits) {
    Comparison out;
    const Scan scan(catalogue, running, next, clock.now());
    const auto end = clock.monotonic() + limits.time;
    store::ListFilter filter;
    filter.state = model::State::waiting;
    std::optional<MessageKey> below;
    for (;;) {
        const auto page = messages.list(filter, below, page_size);
        if (!page) return std::unexpected(page.error());
        const auto looked = policy_reads.peek([&](model::Ledger& ledger) {
            for (const auto& record : page->records)
                scan.look(record, ledger, out);
        });
        if (!looked) return std::unexpected(looked.error());
        if (!page->next) return out;
        below = page->next;
        if (out.looked_at >= limits.messages || clock.monotonic() > end) {
            out.complete = false;
            return out;
        }
    }
}

}  // namespace chapar::admin
