#include <gtest/gtest.h>

#include <simdjson.h>

#include "engage/feed_entry_json.hpp"
#include "engage/webhook_signature.hpp"
#include "webhook/event.hpp"

namespace chapar::webhook {
namespace {

model::FeedEntry entry_of(const std::string& kind) {
    model::FeedEntry out;
    out.number = 4711;
    out.mark = 0xab12cd;
    out.kind = kind;
    out.application = "shop";
    out.recipient = "r-7";
    out.address = "+989121234567";
    out.at = from_ms(1'790'000'000'000);
    out.noted_at = from_ms(1'790'000'000'500);
    return out;
}

TEST(Event, the_id_is_the_entry_s_and_leads_back_to_it) {
    const auto event = event_of(entry_of("delivered"));
    EXPECT_EQ(event.id, "evt_0000000000001267ab12cd");
    const auto back = engage::read_event_id(event.id);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->number, 4711);
    EXPECT_EQ(back->mark, 0xab12cdU);
    for (const std::string text :
         {"", "evt_", "evt_0000000000001267ab12c", "evt_0000000000001267ab12cd0", "msg_0000000000001267ab12cd",
          "evt_0000000000001267ab12cg", "evt_-000000000001267ab12cd", "evt_0000000000000000ab12cd",
          "EVT_0000000000001267ab12cd", "evt_0000000000001267 b12cd", "evt_+000000000001267ab12cd",
          "evt_0x00000000001267ab12cd"})
        EXPECT_FALSE(engage::read_event_id(text)) << text;
}

TEST(Event, a_kind_is_a_type_about_messages_unless_it_is_a_type_itself) {
    EXPECT_EQ(type_of(entry_of("delivered")), "message.delivered");
    EXPECT_EQ(type_of(entry_of("perhaps_unsubscribed")), "message.inbound");
    EXPECT_EQ(type_of(entry_of("endpoint.disabled")), "endpoint.disabled");
    EXPECT_EQ(type_of(entry_of("engagement.rescored")), "engagement.rescored");
    EXPECT_EQ(type_of(entry_of("Odd \"kind\"\n")), "message._dd__kind__");
}

TEST(Event, patterns_fit_by_whole_words) {
    EXPECT_TRUE(fits("*", "endpoint.disabled"));
    EXPECT_TRUE(fits("message.*", "message.sent"));
    EXPECT_TRUE(fits("message.sent", "message.sent"));
    for (const auto& [pattern, type] :
         std::vector<std::pair<std::string, std::string>>{{"message.*", "messages.sent"},
                                                          {"message.sent", "message.sent2"},
                                                          {"message.sen", "message.sent"},
                                                          {"endpoint.*", "message.sent"},
                                                          {"", "message.sent"},
                                                          {".*", "message.sent"},
                                                          {"*.sent", "message.sent"}})
        EXPECT_FALSE(fits(pattern, type)) << pattern;
}

TEST(Event, whose_an_event_is_decides_its_order) {
    const auto base = entry_of("sent");
    auto other = base;
    other.kind = "delivered";
    other.address = "+989120000000";
    EXPECT_EQ(event_of(base).person, event_of(other).person) << "one person has several addresses";
    other.application = "bank";
    EXPECT_NE(event_of(base).person, event_of(other).person) << "whose ids are the application's";
    other.recipient.clear();
    EXPECT_NE(event_of(other).person, "");
    other.address.clear();
    EXPECT_EQ(event_of(other).person, "") << "nobody's";
    other.message = MessageId(MessageKey{1'790'000'000'000LL << 15}, 5);
    EXPECT_NE(event_of(other).person, "");
}

/// Whatever an entry holds, the body is JSON and smaller than receivers take.
TEST(Event, a_body_is_never_too_large) {
    const std::vector<std::string> fills{"x", "\x01", "\"", "س", "\xF0\x9F\x98\x80", "\xff", "\\"};
    for (const auto& fill : fills) {
        std::string large;
        while (large.size() < 100'000)
            large += fill;
        auto entry = entry_of("delivered");
        entry.metadata = "{\"a\":\"" + std::string(50'000, 'm') + "\"}";
        auto event = event_of(entry);
        EXPECT_LT(event.body.size(), engage::webhook_body_limit);
        EXPECT_TRUE(event.body.contains("\"shortened\":true"));
        EXPECT_TRUE(event.body.contains("+989121234567"));
        for (std::string* text : {&entry.detail, &entry.code, &entry.provider_id, &entry.idempotency_key,
                                  &entry.campaign, &entry.template_name, &entry.reason, &entry.recipient,
                                  &entry.address, &entry.application, &entry.class_name, &entry.route, &entry.channel})
            *text = large;
        entry.kind = large;
        entry.tags = std::vector<std::string>(2'000, "tag");
        event = event_of(entry);
        EXPECT_LT(event.body.size(), engage::webhook_body_limit) << fill;
        simdjson::dom::parser parser;
        simdjson::dom::element body;
        ASSERT_EQ(parser.parse(event.body).get(body), simdjson::SUCCESS) << event.body;
        std::string_view id;
        EXPECT_EQ(body["data"]["id"].get(id), simdjson::SUCCESS);
        EXPECT_EQ(id, event.id);
    }
    EXPECT_FALSE(event_of(entry_of("delivered")).body.contains("shortened"));
}

}  // namespace
}  // namespace chapar::webhook
