#include "store/rules/conversions.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/rows/conversion_rows.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/ledger.hpp"
#include "store/rules/people.hpp"

namespace chapar::store::rules {
namespace {

/// A whole conversion, in millionths.
constexpr std::int64_t whole_conversion = 1'000'000;

/// Under all names of the person.
struct Known {
    std::vector<std::string> names;  // of each conversion
    std::vector<KeptConversion> conversions;
    std::vector<TouchedMessage> touches;
    std::vector<SeriesId> series;  // of each of `touches`
};

Known known_of(Unit& unit, std::string_view application, const std::string& person) {
    TableLedger ledger(ledger_tables(unit.tables), unit.now);
    std::vector<std::string> addresses;
    if (address::is_address(person)) addresses.push_back(person);
    auto names = ledger.names(application, person, addresses);
    if (std::ranges::find(names, person) == names.end()) names.push_back(person);
    Known out;
    for (const auto& name : names) {
        for (auto& conversion : unit.tables.conversions().of(application, name)) {
            out.names.push_back(name);
            out.conversions.push_back(std::move(conversion));
        }
        for (const auto& touches : unit.tables.touches().of(application, name)) {
            out.touches.push_back({touches.key, touches.hits});
            out.series.push_back(touches.series);
        }
    }
    return out;
}

bool is_refund(const KeptConversion& conversion) { return conversion.value.micros < 0; }

const KeptConversion* same_key(const Known& known, const KeptConversion& fresh) {
    if (fresh.key.empty()) return nullptr;
    const auto found = std::ranges::find_if(known.conversions, [&](const KeptConversion& each) {
        return each.key == fresh.key && each.event == fresh.event && is_refund(each) == is_refund(fresh);
    });
    return found == known.conversions.end() ? nullptr : &*found;
}

/// As what a share is counted: as it was, else as its message was touched last before.
void place(const Known& known, const KeptConversion& conversion, const Credited& credited, KeptShare& share) {
    for (const auto& before : conversion.credits) {
        const auto same = std::ranges::find(before.shares, share.message, &KeptShare::message);
        if (before.goal != credited.goal || same == before.shares.end()) continue;
        share.step = same->step;
        share.series = same->series;
        return;
    }
    share.series = no_series.value;
    const auto found = std::ranges::find(known.touches, share.message, &TouchedMessage::key);
    if (found == known.touches.end()) return;
    share.series = known.series[static_cast<std::size_t>(found - known.touches.begin())].value;
    share.step = step_that_led(*found, conversion.at);
}

/// Parts of a conversion add up to a whole one, whatever is divided.
void count_share(Unit& unit, const KeptConversion& conversion, const Credited& credited, const KeptShare& share,
                 std::int64_t parts_before, std::int64_t by) {
    const SeriesId series{share.series};
    if (series == no_series) return;
    auto& tally = tally_of(unit, series, share.step, conversion.at);
    if (credited.outcome == Credited::Outcome::credited) {
        const auto until = whole_conversion * (parts_before + share.parts) / share.whole;
        tally.add(model::Named::converted, credited.goal, by * (until - whole_conversion * parts_before / share.whole));
    }
    if (!conversion.currency.empty())
        tally.add(model::Named::revenue, credited.goal + ' ' + conversion.currency, by * share.value.micros);
}

void count_credits(Unit& unit, const KeptConversion& conversion, std::int64_t by) {
    for (const auto& credited : conversion.credits) {
        std::int64_t parts = 0;
        for (const auto& share : credited.shares) {
            count_share(unit, conversion, credited, share, parts, by);
            parts += share.parts;
        }
    }
}

/// Messages in the feed; of a person who is forgotten they go with those messages, or with the person's name.
void tell(Unit& unit, std::string_view application, const std::string& person, const KeptConversion& conversion) {
    for (const auto& credited : conversion.credits) {
        const bool counts = credited.outcome == Credited::Outcome::credited ||
                            credited.outcome == Credited::Outcome::unattributed ||
                            credited.outcome == Credited::Outcome::refund;
        if (!counts) continue;
        model::FeedEntry entry;
        entry.application = application;
        if (!credited.shares.empty()) {
            if (const auto owner = unit.tables.messages().owner(credited.shares.back().message)) {
                entry.message = owner->id;
                entry.channel =
                    owner->plan[static_cast<std::size_t>(credited.shares.back().step) % owner->plan.size()].channel;
            }
        }
        entry.effect = model::Effect::kept;
        entry.kind = "converted";
        entry.recipient = person;
        entry.address = entry.message ? std::string() : person;
        entry.code = credited.goal;
        entry.detail =
            conversion.currency.empty() ? conversion.event : show_money(conversion.value) + ' ' + conversion.currency;
        entry.provider_id = conversion.key;
        entry.at = conversion.at;
        entry.noted_at = unit.now;
        unit.tables.feed().append(entry, {});
    }
}

}  // namespace

Converted convert(Unit& unit, std::string_view application, std::string_view recipient, const KeptConversion& fresh,
                  const Attributor* goals) {
    const auto person = address::key(recipient);
    auto known = known_of(unit, application, person);
    if (const auto* first = same_key(known, fresh)) {
        const bool is_same = first->value == fresh.value && first->currency == fresh.currency;
        return {.is_repeated = is_same, .is_conflict = !is_same, .conversion = *first};
    }
    put_event(unit, application, person, fresh.event, fresh.at);
    auto row = fresh;
    row.number = 1;
    for (std::size_t i = 0; i < known.conversions.size(); ++i)
        if (known.names[i] == person) row.number = std::max(row.number, known.conversions[i].number + 1);
    row.noted_at = unit.now;
    row.credits.clear();
    known.names.push_back(person);
    known.conversions.push_back(row);
    auto said = goals != nullptr ? goals->attribute(known.conversions, known.touches)
                                 : std::vector<std::vector<Credited>>(known.conversions.size());
    for (std::size_t i = 0; i < known.conversions.size(); ++i) {
        auto& each = known.conversions[i];
        const bool is_new = i + 1 == known.conversions.size();
        for (auto& credited : said[i])
            for (auto& share : credited.shares)
                place(known, each, credited, share);
        // Without a goal that looks at it now, what was counted stays.
        if (!is_new && (said[i].empty() || said[i] == each.credits)) continue;
        count_credits(unit, each, -1);
        each.credits = std::move(said[i]);
        count_credits(unit, each, 1);
        unit.tables.conversions().put(application, known.names[i], each);
    }
    tell(unit, application, person, known.conversions.back());
    return {.conversion = known.conversions.back()};
}

std::int64_t prune_conversions(Unit& unit, Timestamp before, int limit) {
    return std::max(unit.tables.conversions().prune(before, limit), unit.tables.touches().prune(before, limit));
}

}  // namespace chapar::store::rules
