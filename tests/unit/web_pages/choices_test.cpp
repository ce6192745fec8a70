// From words to switches and back: what a person saves is what the policy does from then on.
#include "web/pages/choices.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "policy/consent_words.hpp"

namespace chapar::web {
namespace {

using model::Consent;
using model::ConsentState;
using testing::IsEmpty;
using testing::SizeIs;

const auto now = from_ms(1'900'000'000'000);
const std::vector<std::string> channels{"email", "sms"};
const engage::PersonSeal whom{"shop", "customer-1", "email", "offers", MessageKey{1}};

config::Settings site() {
    auto out = config::Settings{};
    config::ClassSettings marketing, strict, codes;
    strict.requires_ = config::Requires::consent;
    codes.requires_ = config::Requires::none;
    out.classes = {{"marketing", marketing}, {"strict", strict}, {"otp", codes}};
    out.categories = {{"offers", {"پ", "Offers"}, {}},
                      {.name = "club", .title = {"ب", "Club"}, .class_name = "strict"},
                      {.name = "surveys", .title = {"ن", "Surveys"}, .default_ = "off"}};
    return out;
}

Consent said(const std::string& channel, const std::string& topic, ConsentState state, Milliseconds ago) {
    Consent out;
    out.channel = channel;
    out.topic = topic;
    out.state = state;
    out.at = now - ago;
    return out;
}
Consent no(const std::string& channel, const std::string& topic, Milliseconds ago = std::chrono::hours(1)) {
    return said(channel, topic, ConsentState::unsubscribed, ago);
}
Consent yes(const std::string& channel, const std::string& topic, Milliseconds ago = std::chrono::hours(1)) {
    return said(channel, topic, ConsentState::subscribed, ago);
}

bool is_on(const Choices& choices, std::string_view topic, std::string_view channel) {
    for (const auto& each : choices.topics)
        for (const auto& cell : each.cells)
            if (each.topic == topic && cell.channel == channel) return cell.is_on;
    ADD_FAILURE() << "no switch for " << topic << " by " << channel;
    return false;
}

Choices look(const std::vector<Consent>& words) { return choices_of(site(), whom, channels, words, now); }

engage::PostedForm form(std::vector<std::pair<std::string, std::string>> fields) {
    return {engage::PostedForm::Kind::page, std::move(fields)};
}

TEST(Choices, who_said_nothing_gets_what_classes_and_categories_say) {
    const auto choices = look({});
    EXPECT_TRUE(is_on(choices, "offers", "email"));
    EXPECT_FALSE(is_on(choices, "club", "email")) << "its class asks for consent";
    EXPECT_FALSE(is_on(choices, "surveys", "sms")) << "off by default";
    EXPECT_FALSE(choices.takes_none);
    EXPECT_FALSE(choices.is_untracked);
    EXPECT_FALSE(choices.paused_until);
}

TEST(Choices, a_no_by_one_click_turns_its_own_switch_off) {
    const auto choices = look({no("email", "offers")});
    EXPECT_FALSE(is_on(choices, "offers", "email"));
    EXPECT_TRUE(is_on(choices, "offers", "sms"));
}

TEST(Choices, a_message_of_no_category_has_a_switch_for_its_class) {
    auto about = whom;
    about.topic = "marketing";
    const auto choices = choices_of(site(), about, channels, std::vector{no("email", "marketing")}, now);
    EXPECT_FALSE(is_on(choices, "marketing", "email"));
    EXPECT_FALSE(is_on(choices, "offers", "email")) << "a no to the class is one to its categories";
    EXPECT_TRUE(is_on(choices, "marketing", "sms"));
    about.topic = "otp";
    for (const auto& topic : choices_of(site(), about, channels, {}, now).topics)
        EXPECT_NE(topic.topic, "otp") << "what asks for no consent has no switch";
    about.topic = "a-category-of-later";
    EXPECT_TRUE(is_on(choices_of(site(), about, channels, {}, now), "a-category-of-later", "sms"));
}

TEST(Choices, no_marketing_at_all_keeps_the_switches_below) {
    const auto choices = look({no("email", "offers", std::chrono::hours(2)), no("*", "*")});
    EXPECT_TRUE(choices.takes_none);
    EXPECT_FALSE(is_on(choices, "offers", "email"));
    EXPECT_TRUE(is_on(choices, "offers", "sms")) << "as it was before";
}

TEST(Choices, pause_ends_by_itself_and_by_a_word) {
    EXPECT_EQ(look({no("*", "pause")}).paused_until, now - std::chrono::hours(1) + model::pause_length);
    EXPECT_FALSE(look({no("*", "pause", model::pause_length)}).paused_until);
    EXPECT_FALSE(look({no("*", "pause"), yes("*", "pause", std::chrono::minutes(1))}).paused_until);
    EXPECT_TRUE(look({no("*", "pause")}).topics.front().cells.front().is_on) << "the choices stay";
}

TEST(Choices, what_was_posted_as_it_stands_says_nothing_new) {
    const std::vector<Consent> words{no("email", "offers")};
    const auto choices = look(words);
    std::vector<std::pair<std::string, std::string>> fields{{"confirm", "1"}};
    for (const auto& topic : choices.topics) {
        for (const auto& cell : topic.cells) {
            fields.emplace_back("shown", cell_name(cell.channel, topic.topic));
            if (cell.is_on) fields.emplace_back("on", cell_name(cell.channel, topic.topic));
        }
    }
    EXPECT_THAT(new_words(site(), choices, words, form(fields), now), IsEmpty());
}

TEST(Choices, what_the_form_did_not_show_is_left_alone) {
    const auto choices = look({});
    EXPECT_THAT(new_words(site(), choices, {}, form({{"confirm", "1"}}), now), IsEmpty());
    EXPECT_THAT(new_words(site(), choices, {}, form({{"confirm", "1"}, {"shown", "email:otp"}}), now), IsEmpty());
    EXPECT_THAT(new_words(site(), choices, {}, form({{"shown", "push:offers"}, {"on", "push:offers"}}), now),
                IsEmpty());
    EXPECT_THAT(new_words(site(), choices, {}, form({{"on", "email:surveys"}}), now), IsEmpty());
}

TEST(Choices, taking_back_no_marketing_says_yes_to_what_is_switched_on_and_to_nothing_else) {
    const std::vector<Consent> words{no("*", "*")};
    const auto choices = look(words);
    const auto fresh = new_words(
        site(), choices, words,
        form({{"shown", "email:offers"}, {"on", "email:offers"}, {"shown", "sms:offers"}, {"shown", "email:club"}}),
        now);
    ASSERT_THAT(fresh, SizeIs(1));
    EXPECT_EQ(fresh[0].channel, "email");
    EXPECT_EQ(fresh[0].topic, "offers");
    EXPECT_EQ(fresh[0].state, ConsentState::subscribed);
}

/// Whatever was said before and whatever is posted: afterwards the switches stand as they were posted.
TEST(Choices, whatever_is_saved_holds) {
    std::mt19937 random(3);
    const auto settings = site();
    const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
    for (int round = 0; round < 5'000; ++round) {
        std::vector<Consent> words;
        for (auto count = random() % 6; count > 0; --count)
            words.push_back(said(pick({"*", "email", "sms"}),
                                 pick({"*", "offers", "club", "surveys", "marketing", "strict", "pause", "tracking"}),
                                 random() % 2 == 0 ? ConsentState::subscribed : ConsentState::unsubscribed,
                                 std::chrono::hours(1 + random() % 1000)));
        const auto before = choices_of(settings, whom, channels, words, now);
        std::vector<std::pair<std::string, std::string>> fields{{"confirm", "1"}};
        for (const auto* name : {"none", "pause", "untracked"})
            if (random() % 3 == 0) fields.emplace_back(name, "1");
        for (const auto& topic : before.topics) {
            for (const auto& cell : topic.cells) {
                fields.emplace_back("shown", cell_name(cell.channel, topic.topic));
                if (random() % 2 == 0) fields.emplace_back("on", cell_name(cell.channel, topic.topic));
            }
        }
        const auto has = [&](const std::string& name, const std::string& value) {
            return std::ranges::find(fields, std::pair(name, value)) != fields.end();
        };
        for (auto& word : new_words(settings, before, words, form(fields), now))
            words.push_back(std::move(word));
        const auto after = choices_of(settings, whom, channels, words, now);
        ASSERT_EQ(after.is_untracked, has("untracked", "1")) << round;
        ASSERT_EQ(after.paused_until.has_value(), has("pause", "1")) << round;
        if (has("none", "1")) {
            ASSERT_TRUE(after.takes_none) << round;
            for (const auto& [name, cls] : settings.classes)
                ASSERT_EQ(policy::weigh(words, {name, "", "sms"}).allows(cls.requires_),
                          cls.requires_ == config::Requires::none)
                    << round << ' ' << name;
            continue;
        }
        bool is_any_on = false;
        for (const auto& topic : after.topics) {
            const auto& cls = settings.classes.at(topic.class_name);
            for (const auto& cell : topic.cells) {
                const bool is_posted = has("on", cell_name(cell.channel, topic.topic));
                const bool may_go = policy::weigh(words, {topic.class_name, topic.topic, cell.channel})
                                        .allows(policy::required_of(cls, topic.is_chosen_only));
                ASSERT_EQ(may_go, is_posted) << round << ' ' << cell_name(cell.channel, topic.topic);
                is_any_on = is_any_on || is_posted;
            }
        }
        ASSERT_TRUE(!after.takes_none || !is_any_on) << round;
    }
}

TEST(MaskedAddress, tells_the_owner_and_nobody_else) {
    EXPECT_EQ(masked_address("sara@example.com"), "s•••@e•••.com");
    EXPECT_EQ(masked_address("a@b.co.ir"), "a•••@b•••.ir");
    EXPECT_EQ(masked_address("سارا@نمونه.ایران"), "س•••@ن•••.ایران");
    EXPECT_EQ(masked_address("root@localhost"), "r•••@l•••");
    EXPECT_EQ(masked_address("@x"), "•••@x•••");
    EXPECT_EQ(masked_address("+989123456789"), "+98912•••89");
    EXPECT_EQ(masked_address("+12"), "•••");
    EXPECT_EQ(masked_address("customer-1"), "•••");
    EXPECT_EQ(masked_address(""), "•••");
}

}  // namespace
}  // namespace chapar::web
