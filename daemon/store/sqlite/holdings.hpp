#pragma once
// What a message holds besides its state: the slots of its newest attempt, its place in a group, its collapse scope.
// It stands in its progress row, so that whatever ends the message can let go of it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {

struct Holdings {
    std::vector<model::Scope> slots;
    Timestamp at{};  // of the slots
    struct Place {
        model::Scope scope = 0;
        std::int64_t rank = 0;
    };
    std::optional<Place> group;
    model::Scope collapse = 0;          // 0: none
    std::optional<MessageKey> carrier;  // the message that carries it, once it is collected
    bool carries = false;               // others were collected into it
};

std::string encode(const Holdings& holdings);
/// Of bytes whose checksum was right.
Holdings decode_holdings(std::string_view bytes);

/// Changes what a message holds, in its holdings and in the tables. Writer's thread only.
class Holder {
  public:
    Holder(Connection& connection, Usage& usage);

    void reserve(MessageKey key, Holdings& holdings, Timestamp at, const std::vector<model::Ruling::Slot>& slots);
    /// Slots that are only reserved go; others stay as they are.
    void give_back(MessageKey key, Holdings& holdings);
    void restate(MessageKey key, const Holdings& holdings, model::UseState state);

    void join(MessageKey key, Holdings& holdings, const model::Member& member);
    void leave(MessageKey key, Holdings& holdings);

    /// `key` takes the place of the message that holds `scope`, which is answered.
    std::optional<MessageKey> take_collapse(model::Scope scope, MessageKey key);
    /// A newer message holds this one's collapse scope.
    std::optional<MessageKey> successor(MessageKey key, const Holdings& holdings);
    void collect(MessageKey leader, Holdings& holdings, MessageKey key);
    void put_down(MessageKey leader, MessageKey key);
    /// When its row goes.
    void drop(MessageKey key, const Holdings& holdings);

  private:
    std::optional<MessageKey> holder_of(model::Scope scope);

    Usage& usage_;
    Statement join_, leave_, find_collapse_, put_collapse_, drop_collapse_, collect_, put_down_, drop_collected_;
};

}  // namespace chapar::store::sqlite
