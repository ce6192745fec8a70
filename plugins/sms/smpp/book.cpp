#include "sms/smpp/book.hpp"

#include <algorithm>
#include <utility>

namespace chapar::sms {
namespace {

constexpr std::size_t most_entries = 1'000'000, most_parked = 5'000;

bool same_number(std::string_view a, std::string_view b) {
    const auto digits = [](std::string_view text) {
        const auto first = text.find_first_not_of("+0");
        return first == std::string_view::npos ? std::string_view() : text.substr(first);
    };
    a = digits(a), b = digits(b);
    // One of both may lack the country's code.
    return !a.empty() && !b.empty() && (a.ends_with(b) || b.ends_with(a));
}

}  // namespace

Book::Entry& Book::open(std::uint64_t message, std::string_view attempt, std::string_view recipient, std::size_t parts,
                        std::vector<std::uint16_t> references, Time now) {
    auto [at, is_new] = entries_.try_emplace(message);
    Entry& out = at->second;
    if (!is_new) return out;
    out.attempt = attempt;
    out.recipient = recipient;
    out.parts.resize(parts);
    out.since = now;
    out.references = std::move(references);
    for (std::size_t part = 0; part < out.references.size(); ++part)
        by_reference_[out.references[part]] = {message, part};
    order_.push_back(message);
    return out;
}

Book::Entry* Book::entry(std::uint64_t message) {
    const auto found = entries_.find(message);
    return found == entries_.end() ? nullptr : &found->second;
}

std::vector<Book::Parked> Book::learn(PartKey key, std::string_view id, IdForm form) {
    std::vector<Parked> out;
    Entry* page = entry(key.message);
    if (page == nullptr || key.part >= page->parts.size() || id.empty()) return out;
    page->parts[key.part].id = id;
    ids_[normal_id(id)] = key;
    for (auto at = parked_.begin(); at != parked_.end();) {
        if (find(at->receipt, form) == key) {
            out.push_back(std::move(*at));
            at = parked_.erase(at);
        } else {
            ++at;
        }
    }
    return out;
}

std::optional<PartKey> Book::find(const Receipt& receipt, IdForm form) const {
    const auto speaks_of = [&](const PartKey& key) {
        const auto page = entries_.find(key.message);
        return page != entries_.end() && same_number(page->second.recipient, receipt.recipient);
    };
    if (receipt.reference) {
        const auto found = by_reference_.find(*receipt.reference);
        if (found != by_reference_.end() && speaks_of(found->second)) return found->second;
    }
    if (receipt.id.empty()) return std::nullopt;
    const auto forms = id_forms(receipt.id, form);
    for (std::size_t i = 0; i < forms.ids.size(); ++i) {
        const auto found = ids_.find(forms.ids[i]);
        if (found == ids_.end()) continue;
        if (i < forms.exact || speaks_of(found->second)) return found->second;
    }
    return std::nullopt;
}

Book::Word Book::apply(PartKey key, const Receipt& receipt) {
    Entry* page = entry(key.message);
    if (page == nullptr) return Word::repeated;
    Part& part = page->parts[key.part];
    if (receipt.fate == Fate::under_way) return Word::station;
    if (part.fate != Fate::under_way) return part.fate == receipt.fate ? Word::repeated : Word::contradicted;
    part.fate = receipt.fate;
    part.state = receipt.state;
    part.error = receipt.error;
    return Word::news;
}

void Book::reopen(PartKey key) {
    Entry* page = entry(key.message);
    if (page == nullptr) return;
    page->parts[key.part].fate = Fate::under_way;
    page->told = false;
}

Fate Book::whole(std::uint64_t message) const {
    const auto found = entries_.find(message);
    if (found == entries_.end()) return Fate::under_way;
    const auto& parts = found->second.parts;
    if (std::ranges::any_of(parts, [](const Part& part) { return part.fate == Fate::under_way; }))
        return Fate::under_way;
    const bool good = std::ranges::all_of(parts, [](const Part& part) { return part.fate == Fate::delivered; });
    return good ? Fate::delivered : Fate::failed;
}

bool Book::park(Parked parked) {
    if (parked_.size() >= most_parked) return false;
    parked_.push_back(std::move(parked));
    return true;
}

std::vector<Book::Parked> Book::overdue(Time now) {
    std::vector<Parked> out;
    while (!parked_.empty() && parked_.front().until <= now) {
        out.push_back(std::move(parked_.front()));
        parked_.pop_front();
    }
    return out;
}

std::vector<Book::Parked> Book::take_all_parked() {
    std::vector<Parked> out(std::make_move_iterator(parked_.begin()), std::make_move_iterator(parked_.end()));
    parked_.clear();
    return out;
}

void Book::close(std::uint64_t message, Entry& page) {
    for (std::size_t part = 0; part < page.parts.size(); ++part) {
        const auto found = ids_.find(normal_id(page.parts[part].id));
        if (found != ids_.end() && found->second == PartKey{message, part}) ids_.erase(found);
        if (part >= page.references.size()) continue;
        const auto numbered = by_reference_.find(page.references[part]);
        if (numbered != by_reference_.end() && numbered->second == PartKey{message, part})
            by_reference_.erase(numbered);
    }
}

std::vector<Book::Entry> Book::expire(Time now) {
    std::vector<Entry> out;
    while (!order_.empty()) {
        const auto found = entries_.find(order_.front());
        if (found != entries_.end()) {
            if (found->second.since + keep_ > now && order_.size() <= most_entries) break;
            close(found->first, found->second);
            if (!found->second.told) out.push_back(std::move(found->second));
            entries_.erase(found);
        }
        order_.pop_front();
    }
    return out;
}

}  // namespace chapar::sms
