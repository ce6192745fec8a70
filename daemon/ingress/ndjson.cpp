#include "ingress/ndjson.hpp"

#include <fmt/format.h>

namespace chapar::ingress {

NdjsonSession::NdjsonSession(std::shared_ptr<net::Exchange> exchange, Intake& intake, const Clock& clock,
                             std::string application, std::uint64_t max_line)
    : exchange_(std::move(exchange)),
      intake_(intake),
      clock_(clock),
      application_(std::move(application)),
      max_line_(max_line),
      partial_since_(clock.monotonic()) {}

void NdjsonSession::begin() {
    if (begun_) return;
    begun_ = true;
    exchange_->begin(200, "application/x-ndjson");
}

void NdjsonSession::data(std::string_view bytes) {
    begin();
    if (partial_.empty() || bytes.find('\n') != std::string_view::npos) partial_since_ = clock_.monotonic();
    while (!bytes.empty()) {
        const auto newline = bytes.find('\n');
        if (newline == std::string_view::npos) {
            if (!skipping_) partial_ += bytes;
            break;
        }
        const auto piece = bytes.substr(0, newline);
        bytes.remove_prefix(newline + 1);
        if (skipping_) {
            skipping_ = false;
        } else if (partial_.empty()) {
            line(piece);
        } else {
            partial_ += piece;
            const auto whole = std::move(partial_);
            partial_.clear();
            line(whole);
        }
    }
    if (partial_.size() > max_line_) {
        std::string().swap(partial_);
        skipping_ = true;
        line_too_long();
    }
    exchange_->holds(partial_.size() + open_bytes_);
    if (!partial_.empty() && partial_.size() > short_line && exchange_->room() != net::Room::enough) {
        std::string().swap(partial_);
        skipping_ = true;
        out_of_room();
    }
    write_ready();
    govern();
}

void NdjsonSession::line(std::string_view text) {
    const auto number = next_line_++;
    text = net::trimmed(text);
    if (text.empty()) return;  // an empty line asks for nothing
    if (text.size() > max_line_) {
        --next_line_;
        return line_too_long();
    }
    exchange_->holds(partial_.size() + open_bytes_ + text.size());
    if (exchange_->room() == net::Room::none) {
        --next_line_;
        return out_of_room();
    }
    const auto tag = first_tag_ + slots_.size();
    slots_.emplace_back().bytes = text.size();
    open_bytes_ += text.size();
    lines_.push_back(number);
    std::string body;
    body.reserve(text.size() + net::JsonReader::padding);
    body = text;
    intake_.submit({application_, std::move(body), shared_from_this(), tag, exchange_->line(), {}, true});
}

void NdjsonSession::refuse_line(const net::Problem& problem) {
    const auto tag = first_tag_ + slots_.size();
    slots_.emplace_back();
    lines_.push_back(next_line_++);
    refused(tag, problem);
}

void NdjsonSession::line_too_long() {
    refuse_line({413, "body-too-large", fmt::format("a line has at most {} bytes", max_line_), {}, {}});
}

void NdjsonSession::out_of_room() {
    refuse_line({503, "short-of-memory", "memory is short just now; try again", {}, 5});
}

void NdjsonSession::end() {
    begin();
    if (!partial_.empty()) {
        const auto last = std::move(partial_);
        partial_.clear();
        line(last);
    }
    ended_ = true;
    write_ready();
}

void NdjsonSession::aborted() { finished_ = true; }

NdjsonSession::Slot* NdjsonSession::slot(std::uint64_t tag) {
    return tag >= first_tag_ && tag - first_tag_ < slots_.size() ? &slots_[tag - first_tag_] : nullptr;
}

void NdjsonSession::accepted(std::uint64_t tag, const Taken& taken) {
    if (auto* found = slot(tag)) {
        found->done = true;
        found->taken = taken;
    }
}

void NdjsonSession::refused(std::uint64_t tag, const net::Problem& problem) {
    auto* found = slot(tag);
    if (!found) return;
    found->done = true;
    found->text = fmt::format("{{\"line\":{},\"status\":{},\"problem\":{}}}\n", lines_[tag - first_tag_],
                              problem.status, net::to_json(problem));
}

void NdjsonSession::settled() {
    write_ready();
    govern();
}

/// Answers leave in the order of the lines.
void NdjsonSession::write_ready() {
    if (finished_) return;
    while (!slots_.empty() && slots_.front().done) {
        const auto& front = slots_.front();
        if (!front.text.empty()) {
            out_ += front.text;
        } else {
            fmt::format_to(std::back_inserter(out_), R"({{"line":{},"status":202,{}}})", lines_.front(),
                           taken_members(front.taken));
            out_ += '\n';
        }
        open_bytes_ -= front.bytes;
        slots_.pop_front();
        lines_.pop_front();
        ++first_tag_;
    }
    if (!out_.empty()) {
        exchange_->write(out_);
        out_.clear();
    }
    exchange_->holds(partial_.size() + open_bytes_);
    if (ended_ && slots_.empty()) {
        finished_ = true;
        exchange_->finish();
    }
}

void NdjsonSession::drained() { govern(); }

bool NdjsonSession::is_full(std::size_t part) const {
    const auto unsent = exchange_->unsent();
    const bool owes = open_bytes_ > 0 || unsent > 0;
    return slots_.size() > max_open / part || open_bytes_ > max_open_bytes / part || unsent > max_unsent / part ||
           (owes && exchange_->room() != net::Room::enough);
}

void NdjsonSession::govern() {
    if (finished_) return;
    if (!paused_ && is_full(1)) {
        paused_ = true;
        exchange_->pause();
    } else if (paused_ && !is_full(2)) {
        paused_ = false;
        exchange_->resume();
    }
}

/// Nothing came for `limit` although we were ready to read.
bool NdjsonSession::stalled(Monotonic now, Milliseconds limit) {
    if (paused_ || !slots_.empty()) {  // what it waits for is ours to give
        partial_since_ = now;
        return false;
    }
    return now - partial_since_ > limit;
}

}  // namespace chapar::ingress
