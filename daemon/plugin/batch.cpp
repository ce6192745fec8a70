#include "plugin/batch.hpp"

#include <algorithm>
#include <utility>

namespace chapar::plugin {
namespace {

constexpr std::size_t longest_text = 4096;  // of what a plugin says about one message

std::string bounded(chapar_str text) { return std::string(view(text).substr(0, longest_text)); }

}  // namespace

std::vector<chapar_kv> to_kvs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::vector<chapar_kv> kvs;
    kvs.reserve(pairs.size());
    for (const auto& [key, value] : pairs)
        kvs.push_back({str(key), str(value)});
    return kvs;
}

Batch::Batch(HandleId id, std::vector<Outgoing> messages, Monotonic deadline, Instance::Completed done)
    : id_(id),
      owned_(std::move(messages)),
      forms_(owned_.size()),
      states_(owned_.size(), State::open),
      open_(owned_.size()),
      unanswered_(owned_.size()),
      deadline_(deadline),
      done_(std::move(done)) {
    pointers_.reserve(owned_.size());
    for (std::size_t i = 0; i < owned_.size(); ++i) {
        fill(forms_[i], owned_[i]);
        pointers_.push_back(&forms_[i].raw);
    }
}

void Batch::fill(Form& form, const Outgoing& message) {
    form.id = message.attempt.message.text();
    form.attempt = form.id + "." + std::to_string(message.attempt.number);
    form.content = to_kvs(message.content);
    form.headers = to_kvs(message.headers);
    form.attachments.reserve(message.attachments.size());
    for (const OutgoingAttachment& a : message.attachments) {
        form.attachments.push_back(
            {sizeof(chapar_attachment), str(a.name), str(a.content_type), str(a.content_id), str(a.bytes)});
        form.attachment_pointers.push_back(&form.attachments.back());
    }
    form.copies.reserve(message.copies.size());
    for (const OutgoingCopy& copy : message.copies) {
        form.copies.push_back({sizeof(chapar_copy), str(copy.address), str(copy.name), copy.is_hidden ? 1U : 0U});
        form.copy_pointers.push_back(&form.copies.back());
    }
    chapar_message& raw = form.raw;
    raw.struct_size = sizeof raw;
    raw.id = str(form.id);
    raw.attempt = str(form.attempt);
    raw.channel = str(message.channel);
    raw.address = str(message.address);
    raw.application = str(message.application);
    raw.class_name = str(message.class_name);
    raw.campaign = str(message.campaign);
    raw.locale = str(message.locale);
    raw.expires_at_ms = to_ms(message.expires_at);
    raw.content = {form.content.data(), form.content.size()};
    raw.headers = {form.headers.data(), form.headers.size()};
    raw.attachments = form.attachment_pointers.data();
    raw.attachment_count = static_cast<std::uint32_t>(form.attachment_pointers.size());
    raw.flags = message.urgent ? CHAPAR_URGENT : 0;
    raw.copies = form.copy_pointers.data();
    raw.copy_count = form.copy_pointers.size();
}

void Batch::note_time_left(Monotonic now) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline_ - now).count();
    for (Form& form : forms_)
        form.raw.within_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(left, 1));
}

Batch::Answer Batch::answer(std::uint32_t index) {
    if (index >= size()) return Answer::no_such_index;
    State before = std::exchange(states_[index], State::answered);
    if (before == State::answered) return Answer::again;
    --unanswered_;
    if (before == State::closed_by_host) return Answer::late;
    --open_;
    return Answer::first;
}

std::vector<std::uint32_t> Batch::close_rest() {
    std::vector<std::uint32_t> closed;
    for (std::uint32_t i = 0; i < size(); ++i) {
        if (states_[i] != State::open) continue;
        states_[i] = State::closed_by_host;
        closed.push_back(i);
    }
    open_ = 0;
    return closed;
}

model::Outcome outcome_of(const chapar_result* result) {
    model::Outcome outcome;
    if (result == nullptr || !CHAPAR_HAS(chapar_result, result, detail)) {
        outcome.detail = "the plugin gave no result";
        return outcome;
    }
    outcome.provider_id = bounded(result->provider_id);
    outcome.code = bounded(result->code);
    outcome.detail = bounded(result->detail);
    if (CHAPAR_HAS(chapar_result, result, cost)) outcome.cost = bounded(result->cost);
    if (result->retry_after_ms != 0) outcome.retry_after = Milliseconds(result->retry_after_ms);
    if (auto blame = model::blame_from(result->blame)) outcome.blame = *blame;
    if (auto verdict = model::verdict_from(result->verdict)) {
        outcome.verdict = *verdict;
    } else {
        outcome.detail = "the plugin gave the impossible verdict " + std::to_string(result->verdict);
    }
    return outcome;
}

}  // namespace chapar::plugin
