#include "store/sqlite/people.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/sqlite/sum.hpp"

namespace chapar::store::sqlite {
namespace {

/// What was said just now is the newest word, even where the wall clock was set back meanwhile.
constexpr auto just_now = std::chrono::minutes(1);

bool is_same_topic(const model::Consent& a, const model::Consent& b) {
    return a.channel == b.channel && a.topic == b.topic;
}

}  // namespace

People::People(Connection& connection, Digests& digests, const Clock& clock)
    : connection_(connection),
      digests_(digests),
      clock_(clock),
      consents_(connection, "SELECT " CHAPAR_CONSENT_COLUMNS
                            " FROM consent WHERE application = ?1 AND recipient = ?2 ORDER BY number"),
      put_consent_(connection,
                   "INSERT INTO consent (" CHAPAR_CONSENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      event_(connection, "SELECT at FROM person_event WHERE application = ?1 AND recipient = ?2 AND event = ?3"),
      put_event_(connection,
                 "INSERT OR REPLACE INTO person_event (application, recipient, event, at, sum) "
                 "VALUES (?1, ?2, ?3, ?4, ?5)"),
      suppression_(connection, "SELECT " CHAPAR_SUPPRESSION_COLUMNS
                               " FROM suppression WHERE channel = ?1 AND address = ?2 AND reach = ?3"),
      put_suppression_(connection, "INSERT OR REPLACE INTO suppression (" CHAPAR_SUPPRESSION_COLUMNS
                                   ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      drop_suppression_(connection, "DELETE FROM suppression WHERE channel = ?1 AND address = ?2"),
      erase_consents_(connection, "DELETE FROM consent WHERE application = ?1 AND recipient = ?2"),
      erase_events_(connection, "DELETE FROM person_event WHERE application = ?1 AND recipient = ?2") {}

bool People::put_consent(const model::Consent& consent) {
    model::Consent fresh = consent;
    fresh.recipient = address::key(consent.recipient);
    std::int64_t number = 1;
    std::optional<model::Consent> newest;
    {
        auto rows = consents_.query(fresh.application, fresh.recipient);
        while (rows.next()) {
            number = rows.integer(2) + 1;
            auto word = read_consent(rows);
            if (word && is_same_topic(*word, consent) && (!newest || newest->at <= word->at)) newest = std::move(word);
        }
    }
    if (newest && fresh.at + just_now >= clock_.now()) fresh.at = std::max(fresh.at, newest->at);
    put_consent_.run(fresh.application, fresh.recipient, number, fresh.channel, fresh.topic,
                     static_cast<std::int64_t>(fresh.state), fresh.source, fresh.proof, to_ms(fresh.at),
                     checksum(fresh, number));
    if (!newest) return true;
    return fresh.at >= newest->at && fresh.state != newest->state;
}

void People::put_event(const std::string& application, const std::string& person, const std::string& event,
                       Timestamp at) {
    const auto recipient = address::key(person);
    auto ms = to_ms(at);
    {
        auto rows = event_.query(application, recipient, event);
        if (rows.next()) ms = std::max(ms, rows.integer(0));
    }
    using View = std::string_view;
    put_event_.run(application, recipient, event, ms, sum_of(View(application), View(recipient), View(event), ms));
}

std::int64_t People::suppress(const std::vector<model::Suppression>& batch) {
    return std::count_if(batch.begin(), batch.end(), [this](const auto& row) { return suppress_one(row); });
}

bool People::suppress_one(model::Suppression row) {
    row.address = address::key(row.address);
    const auto reach = static_cast<std::int64_t>(row.reach);
    std::optional<model::Suppression> before;
    {
        auto rows = suppression_.query(row.channel, row.address, reach);
        if (rows.next()) before = read_suppression(rows);
    }
    const bool was_in_force = before && (!before->until || *before->until > clock_.now());
    if (was_in_force && (!before->until || (row.until && *row.until <= *before->until))) return false;
    const auto until = row.until ? std::optional(to_ms(*row.until)) : std::nullopt;
    put_suppression_.run(row.channel, row.address, reach, row.reason, row.source, to_ms(row.at), until, checksum(row));
    return !was_in_force;
}

bool People::unsuppress(const std::string& channel, const std::string& address) {
    const auto key = address::key(address);
    std::int64_t gone = drop(channel, key);
    if (const auto erased = digests_.find(channel, key)) gone += drop(channel, *erased);
    // As an earlier version made it, of the address as it was written.
    if (key != address) {
        if (const auto erased = digests_.find(channel, address)) gone += drop(channel, *erased);
    }
    return gone != 0;
}

std::int64_t People::drop(std::string_view channel, std::string_view address) {
    drop_suppression_.run(channel, address);
    return connection_.fault() == 0 ? connection_.changes() : 0;
}

std::pair<std::int64_t, std::int64_t> People::erase(const std::string& application, const std::string& recipient) {
    erase_consents_.run(application, recipient);
    const std::int64_t consents = connection_.fault() == 0 ? connection_.changes() : 0;
    erase_events_.run(application, recipient);
    return {consents, connection_.fault() == 0 ? connection_.changes() : 0};
}

People::Kept People::suppress_erased(const std::string& channel, const std::string& address) {
    const auto key = address::key(address);
    Kept kept;
    kept.is_fresh = suppress_one(erased(channel, key));
    kept.clear = drop(channel, key);
    if (const auto anywhere = drop("*", key); anywhere != 0) {
        suppress_one(erased("*", key));
        kept.clear += anywhere;
    }
    return kept;
}

model::Suppression People::erased(const std::string& channel, const std::string& address) {
    return {.channel = channel,
            .address = digests_.make(channel, address),
            .reach = model::SuppressionReach::all,
            .reason = "erased",
            .source = "erasure",
            .at = clock_.now(),
            .until = std::nullopt};
}

}  // namespace chapar::store::sqlite
