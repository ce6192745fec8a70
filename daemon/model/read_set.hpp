#pragma once
// What one decision of the policy needs of the store, and what was read for it. A ReadPlan is made without I/O, on any
// thread; a ReadSet is filled by whoever may read. The policy decides over a ReadSet alone: what it misses there it
// adds to another plan, and it is asked again after that has been read.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/ledger.hpp"
#include "model/message.hpp"

namespace chapar::model {

/// Somebody as a message names them.
struct PersonRef {
    std::string application, recipient;
    std::vector<std::string> addresses;
    bool operator==(const PersonRef&) const = default;
};

/// A row of a table of the people: (channel, address) of the suppression list, (application, address) of those who
/// own an address, (application, id) of the profiles.
struct RowRef {
    std::string first, second;
    bool operator==(const RowRef&) const = default;
};

struct EventRef {
    PersonRef who;
    std::string event;
    bool operator==(const EventRef&) const = default;
};

/// When, as the uses of a scope fall out of a window one by one, so much has fallen out: the time of the use by which
/// it is reached, or nothing when all of them are not enough.
struct ReachRef {
    enum class Unit : std::uint8_t { uses, segments, cost } unit = Unit::uses;
    Scope scope = 0;
    Timestamp from{};
    std::optional<Timestamp> to;
    std::vector<KindId> kinds;  // those that count, ascending
    unsigned states = 0;        // those that count, a bit each
    MessageKey except{};        // the uses of this one that are only reserved do not count
    std::int64_t amount = 0;
    bool operator==(const ReachRef&) const = default;
};

/// Who joined a group; with the messages of those who wait there, as many as a digest may take along.
struct GroupRef {
    Scope scope = 0;
    bool with_messages = false;
    bool operator==(const GroupRef&) const = default;
};

/// What is needed.
struct ReadPlan {
    struct Uses {
        Scope scope = 0;
        std::vector<Timestamp> edges;  // of the windows; the earliest is where they begin
        bool one_by_one = false;       // no totals
        bool operator==(const Uses&) const = default;
    };
    std::vector<Uses> uses;
    std::vector<ReachRef> reaches;
    std::vector<PersonRef> people;
    std::vector<EventRef> events;
    std::vector<RowRef> suppressions, owners, profiles;
    std::vector<GroupRef> groups;
    std::vector<MessageKey> states, kept, carried;

    bool is_empty() const;
    void clear();
    /// Takes the other's needs over, without a look for equal ones.
    void append(ReadPlan&& other);
    /// Each once.
    template <class T>
    static void add(std::vector<T>& list, T what) {
        for (const auto& known : list)
            if (known == what) return;
        list.push_back(std::move(what));
    }
};

/// The names that words of a person may stand under, and those words.
struct Said {
    std::vector<std::string> names;
    std::vector<Consent> words;
};

/// A message that waits or is carried, and the step of its plan at which it stands.
struct Kept {
    Message message;
    int step = 0;
};

inline std::size_t hash_of(std::int64_t value) {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(value) * 0x9E3779B97F4A7C15U >> 20U);
}
inline std::size_t hash_of(MessageKey key) { return hash_of(key.value); }
std::size_t hash_of(const RowRef& row);
std::size_t hash_of(const PersonRef& who);
std::size_t hash_of(const EventRef& event);

/// What was answered to which question; few are looked through, many are found by a hash.
template <class Key, class Value>
class Answers {
  public:
    struct Answer {
        Key asked;
        Value value;
        std::string damage;
        bool stands = true;
    };
    const Answer* find(const Key& key) const {
        if (all_.size() <= few) {
            for (const auto& answer : all_)
                if (answer.stands && answer.asked == key) return &answer;
            return nullptr;
        }
        for (auto at = hash_of(key) & mask(); index_[at] != 0; at = (at + 1) & mask()) {
            const auto& answer = all_[index_[at] - 1];
            if (answer.stands && answer.asked == key) return &answer;
        }
        return nullptr;
    }
    Answer* find(const Key& key) { return const_cast<Answer*>(std::as_const(*this).find(key)); }
    void put(const Key& key, Value value, std::string damage) {
        forget(key);
        all_.push_back({key, std::move(value), std::move(damage)});
        if (all_.size() <= few) return;
        if (all_.size() * 2 > index_.size()) return grow();
        enter(all_.size());
    }
    void forget(const Key& key) {
        if (auto* answer = find(key)) answer->stands = false;
    }
    void clear() {
        all_.clear();
        index_.clear();
    }

  private:
    static constexpr std::size_t few = 8;
    std::size_t mask() const { return index_.size() - 1; }
    void enter(std::size_t number) {
        auto at = hash_of(all_[number - 1].asked) & mask();
        while (index_[at] != 0)
            at = (at + 1) & mask();
        index_[at] = static_cast<std::uint32_t>(number);
    }
    void grow() {
        index_.assign(std::max<std::size_t>(64, index_.size() * 2), 0);
        for (std::size_t number = 1; number <= all_.size(); ++number)
            enter(number);
    }

    std::vector<Answer> all_;
    std::vector<std::uint32_t> index_;  // open addressing: the number of an answer from 1 on, 0: free
};

class ReadSet {
  public:
    struct Use {
        model::Use use;
        std::size_t kind = 0;  // its number here
    };
    struct Total {
        model::Total total;
        std::size_t kind = 0;
    };
    /// Oldest first unless there are totals. Valid until the set changes.
    struct Uses {
        std::span<const Use> uses;
        std::span<const Total> totals;
    };

    void clear();
    /// Reads what the plan asks for.
    void fetch(const ReadPlan& plan, Ledger& ledger);

    // What the batch itself changes. A use that it takes is added, so that the next of the batch sees it; of the rest
    // it is forgotten what was read, so that whoever looks reads it again.
    void add(Scope scope, const model::Use& use, Ledger& ledger);
    void forget_uses(Scope scope);
    void forget_group(Scope scope) { groups_.forget(scope); }
    void forget_carried(MessageKey leader) { carried_.forget(leader); }
    void forget(MessageKey key);

    /// What is damaged of that which was looked at since the last call; empty: nothing.
    std::string take_damage() const { return std::exchange(damage_, {}); }

    // Nothing: it was not read.
    std::optional<Uses> uses(const ReadPlan::Uses& asked) const;
    const std::optional<Timestamp>* reach(const ReachRef& asked) const;
    const Said* said(const PersonRef& who) const { return find(people_, who); }
    const std::optional<Timestamp>* last_event(const EventRef& asked) const { return find(events_, asked); }
    const std::vector<Suppression>* suppressions(const RowRef& row) const { return find(suppressions_, row); }
    const std::vector<std::string>* owners(const RowRef& row) const { return find(owners_, row); }
    const std::string* profile(const RowRef& row) const { return find(profiles_, row); }
    const std::vector<Member>* group(Scope scope) const { return find(groups_, scope); }
    const std::optional<State>* state_of(MessageKey key) const { return find(states_, key); }
    /// Null within: it can't be taken along.
    const std::shared_ptr<const Kept>* kept(MessageKey key) const { return find(kept_, key); }
    const std::vector<MessageKey>* carried(MessageKey leader) const { return find(carried_, leader); }

    const Kind& kind(std::size_t number) const { return *kinds_[number].second; }
    KindId kind_id(std::size_t number) const { return kinds_[number].first; }
    std::size_t kind_count() const { return kinds_.size(); }

  private:
    template <class Key, class Value>
    const Value* find(const Answers<Key, Value>& all, const Key& key) const {
        const auto* answer = all.find(key);
        if (answer == nullptr) return nullptr;
        if (!answer->damage.empty()) damage_ = answer->damage;
        return &answer->value;
    }
    struct Stretch {
        std::size_t first = 0, count = 0;
    };
    struct OfScope {
        Timestamp from{};
        Stretch edges, uses, totals;
    };
    void read_all_uses(const std::vector<ReadPlan::Uses>& asked, Ledger& ledger);
    void read_uses(std::span<const ReadPlan::Uses* const> asked, Ledger& ledger);
    void read_group(const GroupRef& asked, Ledger& ledger);
    void read_kept(MessageKey key, Ledger& ledger);
    void read_people(const ReadPlan& plan, Ledger& ledger);
    void add(const model::Total& total, std::size_t kind, const OfScope& into);
    std::size_t kind_number(KindId id, Ledger& ledger);

    // Each list of the scopes lies in one vector for all, which keeps its memory.
    Answers<Scope, OfScope> scopes_;
    std::vector<Timestamp> edges_;
    std::vector<Use> uses_;
    std::vector<Total> totals_;
    std::vector<std::pair<KindId, const Kind*>> kinds_;
    Answers<KindId, std::size_t> numbers_of_kinds_;
    std::size_t last_kind_ = 0;  // neighbours are often of one kind
    std::unordered_map<Scope, std::vector<std::pair<ReachRef, std::optional<Timestamp>>>> reaches_;
    Answers<PersonRef, Said> people_;
    Answers<EventRef, std::optional<Timestamp>> events_;
    Answers<RowRef, std::vector<Suppression>> suppressions_;
    Answers<RowRef, std::vector<std::string>> owners_;
    Answers<RowRef, std::string> profiles_;
    Answers<Scope, std::vector<Member>> groups_;
    Answers<MessageKey, std::optional<State>> states_;
    Answers<MessageKey, std::shared_ptr<const Kept>> kept_;
    Answers<MessageKey, std::vector<MessageKey>> carried_;
    mutable std::string damage_;
};

/// What a digest takes along at most: one digest is one mail in memory, and those that it carries are read in one
/// commit. Who finds no place waits for the next digest.
inline constexpr std::size_t most_carried = 500;
inline constexpr std::size_t most_carried_bytes = 4 << 20;

}  // namespace chapar::model
