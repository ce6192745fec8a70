#pragma once
// What is to be sent, and what was counted. Shared by all connections of one run; one thread.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace load {

double now();

struct Work {
    Work(std::string message_template, std::uint64_t messages, std::uint64_t seed);

    /// The next message's JSON (one line, no newline), or empty when all are given out.
    std::string_view next();
    bool given_out() const { return given_ == messages_; }
    bool finished() const { return answered() + errors >= messages_; }
    std::uint64_t answered() const { return accepted + refused; }
    std::uint64_t messages() const { return messages_; }
    std::size_t message_size() const { return text_.size(); }
    std::string report(double seconds);

    std::uint64_t accepted = 0, refused = 0, errors = 0;
    std::string first_refusal;
    std::vector<float> latency_ms;  // one per request in mode "one"

  private:
    std::string text_;
    std::vector<std::size_t> token_places_, number_places_;
    std::uint64_t messages_, given_ = 0;
    std::mt19937_64 random_;
};

}  // namespace load
