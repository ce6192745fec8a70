#pragma once
// One call of `send`: the messages in the plugin's form, and who has had an answer. Not synchronised: its instance
// guards it.

#include <chapar/plugin.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "plugin/instance.hpp"

namespace chapar::plugin {

/// Handles that cross the border are numbers in the guise of pointers: one that is used after its end is not found,
/// instead of pointing at something else.
using HandleId = std::uintptr_t;

inline chapar_str str(std::string_view s) { return {s.data(), s.size()}; }
/// They point into `pairs`.
std::vector<chapar_kv> to_kvs(const std::vector<std::pair<std::string, std::string>>& pairs);
inline std::string_view view(chapar_str s) { return {s.data == nullptr ? "" : s.data, s.size}; }

class Batch {
  public:
    Batch(HandleId id, std::vector<Outgoing> messages, Monotonic deadline, Instance::Completed done);
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    HandleId id() const { return id_; }
    chapar_batch* handle() const { return reinterpret_cast<chapar_batch*>(id_); }
    const chapar_message* const* messages() const { return pointers_.data(); }
    std::uint32_t size() const { return static_cast<std::uint32_t>(pointers_.size()); }
    Monotonic deadline() const { return deadline_; }
    /// Tells the messages how long there is until the deadline.
    void note_time_left(Monotonic now);
    const Instance::Completed& done() const { return done_; }

    enum class Answer : std::uint8_t { first, late, again, no_such_index };
    /// Notes an answer of the plugin. `first`: it counts; `late`: the host had closed the index.
    Answer answer(std::uint32_t index);
    /// Closes every index without an answer from the host's side and returns which those were.
    std::vector<std::uint32_t> close_rest();
    /// The plugin has answered every index: the messages may go.
    bool is_settled() const { return unanswered_ == 0; }
    /// Nobody outside waits for any index.
    bool is_closed() const { return open_ == 0; }
    bool has_answers() const { return unanswered_ != size(); }
    /// Indexes that the host closed and the plugin still holds.
    std::size_t overdue() const { return unanswered_ - open_; }
    /// The plugin has seen it: from now on nobody else can say that nothing was sent.
    void note_handed_over() { is_handed_over_ = true; }
    bool is_handed_over() const { return is_handed_over_; }
    const std::string& attempt(std::uint32_t index) const { return forms_[index].attempt; }

  private:
    /// The C form of one message with what it points to.
    struct Form {
        std::string id, attempt;
        std::vector<chapar_kv> content, headers;
        std::vector<chapar_attachment> attachments;
        std::vector<const chapar_attachment*> attachment_pointers;
        std::vector<chapar_copy> copies;
        std::vector<const chapar_copy*> copy_pointers;
        chapar_message raw{};
    };
    static void fill(Form& form, const Outgoing& message);

    enum class State : std::uint8_t { open, closed_by_host, answered };
    HandleId id_;
    std::vector<Outgoing> owned_;
    std::vector<Form> forms_;
    std::vector<const chapar_message*> pointers_;
    std::vector<State> states_;
    std::size_t open_, unanswered_;
    bool is_handed_over_ = false;
    Monotonic deadline_;
    Instance::Completed done_;
};

/// The plugin's answer as a value. An impossible one becomes UNKNOWN and says so.
model::Outcome outcome_of(const chapar_result* result);

}  // namespace chapar::plugin
