#pragma once
// The sentences of a message's story, in English and Persian. Pure.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingress/story.hpp"
#include "model/cost.hpp"

namespace chapar::ingress {

/// What the trace says of a refusal by the plugin alone.
std::string_view refused_by_plugin(model::Language language);

class StoryWords {
  public:
    explicit StoryWords(const Telling& telling) : telling_(telling) {}

    /// Which message, and whose clock the times are.
    std::string head(const model::Message& message) const;
    /// A sentence with its time; with both ends and a count when it stands for several.
    std::string line(Timestamp at, Timestamp until, int times, std::string_view text) const;
    std::string attempt(const model::Attempt& attempt) const;
    /// What came of it, and what the provider said.
    std::string answer(const model::Attempt& attempt) const;
    std::string more_attempts(int count, const std::vector<std::pair<int, std::string>>& answers) const;
    std::string segments(const std::vector<model::PartReceipt>& parts) const;
    std::string estimated(const model::Cost& cost) const;
    std::string billed(const model::Cost& cost) const;
    std::string decision(model::Reason reason, std::string_view detail) const;
    std::string not_before(Timestamp send_at) const;
    std::string_view test() const;
    std::string_view state(model::State state) const;
    std::string standstill(const model::TraceEntry& entry) const;
    std::string next_try(Timestamp due) const;

  private:
    bool is_persian() const { return telling_.language == model::Language::fa; }
    std::string moment(Timestamp at) const;
    std::string number(std::int64_t count) const;

    const Telling telling_;
};

}  // namespace chapar::ingress
