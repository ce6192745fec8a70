// What a message's story says of a refusal: the provider's only where a provider was asked.
#include <gtest/gtest.h>

#include "ingress/endpoints.hpp"
#include "model/trace.hpp"
#include "store/messages.hpp"

namespace chapar::ingress::test {
namespace {

std::string story_of(const std::string& code, const std::string& detail) {
    store::Record record;
    model::Attempt attempt;
    attempt.number = 1;
    attempt.channel = "email";
    attempt.route = "relay";
    attempt.finished_at = from_ms(2000);
    attempt.outcome.verdict = model::Verdict::rejected;
    attempt.outcome.code = code;
    attempt.outcome.detail = detail;
    record.attempts.push_back(attempt);
    model::append(record.progress.trace,
                  {from_ms(2000), model::Reason::rejected, code.empty() ? detail : code + ' ' + detail});
    return message_json(record, true, std::nullopt);
}

TEST(Explain, the_provider_refused_what_it_answered) {
    EXPECT_NE(story_of("550 5.1.1", "no such user").find("The provider refused it for good."), std::string::npos);
}

TEST(Explain, the_provider_did_not_refuse_what_it_was_never_asked) {
    const auto story = story_of("", "the From address is refused: it has no @");
    EXPECT_EQ(story.find("The provider refused"), std::string::npos) << story;
    EXPECT_NE(story.find("its plugin refused it"), std::string::npos) << story;
}

}  // namespace
}  // namespace chapar::ingress::test
