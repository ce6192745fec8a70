#pragma once
// What the SMSC has taken and not yet reported on: which id belongs to which part of which attempt, and receipts that
// came before the answer that names their id. Pure: time is a parameter. One thread.
//
// The first final receipt of a part stands. A repeat changes nothing; a later one that says otherwise changes nothing
// either and is counted as contradicted. A message is delivered when all its parts are, failed when all are known and
// one failed.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sms/smpp/receipt.hpp"

namespace chapar::sms {

/// A deliver_sm that has no answer yet.
struct Ack {
    std::size_t link = 0;
    std::uint64_t session = 0;
    std::uint32_t sequence = 0, command = 0;
};

struct PartKey {
    std::uint64_t message = 0;
    std::size_t part = 0;
    bool operator==(const PartKey&) const = default;
};

class Book {
  public:
    using Time = std::chrono::steady_clock::time_point;
    struct Part {
        std::string id;  // as the SMSC wrote it; empty: not known
        Fate fate = Fate::under_way;
        std::string state, error;
    };
    struct Entry {
        std::string attempt, recipient;
        std::vector<Part> parts;
        std::vector<std::uint16_t> references;
        Time since{};
        bool told = false;  // the event about the whole has gone
    };
    enum class Word : std::uint8_t { station, news, repeated, contradicted };
    struct Parked {
        Receipt receipt;
        Ack ack;
        Time until{};
    };

    explicit Book(std::chrono::milliseconds keep) : keep_(keep) {}

    /// Opens a page for a message of which a part was accepted; again: nothing.
    Entry& open(std::uint64_t message, std::string_view attempt, std::string_view recipient, std::size_t parts,
                std::vector<std::uint16_t> references, Time now);
    Entry* entry(std::uint64_t message);
    /// The id that the SMSC gave to a part. Answers the receipts that waited for it.
    std::vector<Parked> learn(PartKey key, std::string_view id, IdForm form);
    /// Whom a receipt speaks of.
    std::optional<PartKey> find(const Receipt& receipt, IdForm form) const;
    /// What a receipt changes.
    Word apply(PartKey key, const Receipt& receipt);
    /// Takes `apply` back: what it led to could not be stored, and the SMSC will say it again.
    void reopen(PartKey key);
    /// All parts are known. Fate::under_way: they are not.
    Fate whole(std::uint64_t message) const;

    /// false: too many are parked.
    bool park(Parked parked);
    /// Parked receipts whose time is up.
    std::vector<Parked> overdue(Time now);
    std::vector<Parked> take_all_parked();
    std::size_t parked() const { return parked_.size(); }
    /// Closes pages that are older than `keep`; answers those that were never told.
    std::vector<Entry> expire(Time now);
    std::size_t size() const { return entries_.size(); }

  private:
    void close(std::uint64_t message, Entry& entry);

    const std::chrono::milliseconds keep_;
    std::unordered_map<std::uint64_t, Entry> entries_;
    std::deque<std::uint64_t> order_;
    std::unordered_map<std::string, PartKey> ids_;             // normal form
    std::unordered_map<std::uint16_t, PartKey> by_reference_;  // the latest of each
    std::deque<Parked> parked_;                                // oldest first
};

}  // namespace chapar::sms
