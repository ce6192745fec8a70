// What is stored beside a request for the policy is what its text says, whatever the request.
#include "fixture.hpp"

#include <fmt/format.h>

#include <random>

#include "dispatch/sender.hpp"
#include "policy/request_fields.hpp"

namespace chapar::ingress::test {
namespace {

const std::vector<std::string> paths{"order.id", "order", "name", "none"};

class StoredFields : public FrontDoor {
  protected:
    void SetUp() override {
        FrontDoor::SetUp();
        app("shop").from.push_back("+98300012");
        auto& now = change();
        config::RouteSettings sms;
        sms.name = "sms-a";
        sms.channel = "sms";
        sms.lines = {"+98300012=transactional,marketing"};
        now.routes.push_back(sms);
        for (const auto& path : paths) {
            now.caps.emplace_back();
            now.caps.back().name = path;
            now.caps.back().data_path = path;
        }
        open();
    }
    std::size_t below(std::size_t end) { return random() % end; }
    bool toss(unsigned of = 2) { return below(of) == 0; }
    template <std::size_t N>
    std::string_view one_of(const std::array<std::string_view, N>& words) {
        return words[below(N)];
    }
    /// `"name":value,` now and then.
    void maybe(std::string& out, std::string_view name, std::string_view value) {
        if (toss()) out += fmt::format(R"("{}":{},)", name, value);
    }
    static std::string object(std::string members) {
        if (members.ends_with(',')) members.pop_back();
        return '{' + members + '}';
    }
    void zones(std::string& out) {
        static constexpr std::array<std::string_view, 3> names{R"("Asia/Tehran")", R"("Europe/Paris")",
                                                               R"("Asia\/Kabul")"};
        maybe(out, "timezone", one_of(names));
        maybe(out, "device_timezone", one_of(names));
    }
    std::string phone() { return fmt::format(R"("{}{:07}")", toss() ? "0912" : "+98 (912) ", below(10'000'000)); }
    std::string profile() {
        std::string out = fmt::format(R"("email":"p{}@b.example","phone":{},)", below(100), phone());
        zones(out);
        maybe(out, "household", R"("خانه ۱")");
        maybe(out, "quiet", R"({ "weekly" : {"every": ["22:00-09:00"], "friday": []}})");
        return object(out);
    }
    std::string data() {
        std::string out = R"("name":"Sara",)";
        if (toss())
            out += fmt::format(R"("order":{{"id":{}}},)",
                               one_of(std::array<std::string_view, 7>{"7", "1.50", "\"a \\u0633 b\"", "null", "[1, 2]",
                                                                      "{\"x\": true}", "\"\""}));
        if (toss(4)) out += "\"none\":\"" + std::string(below(600), 'n') + "\",";
        return object(out);
    }
    std::string content() {
        std::string sms = R"("text":"Hi",)";
        maybe(sms, "from", R"("+98300012")");
        return fmt::format(R"({{"sms":{},"email":{{"subject":"s","text":"t"}}}})", object(sms));
    }
    std::string request(std::string_view recipient) {
        std::string to, out;
        if (toss())
            to = fmt::format(R"("recipient":"{}",)", recipient);
        else
            to = fmt::format(R"("email":"a{}@b.example","phone":{},)", below(100), phone());
        zones(to);
        out = "\"to\":" + object(to) + ",\"class\":\"transactional\",";
        if (toss())
            out += R"("template":"welcome","data":)" + data() + ",";
        else
            out += "\"content\":" + content() + ",";
        maybe(out, "category", R"("offers \"of\" the week")");
        maybe(out, "household", R"("h1")");
        maybe(out, "from", R"("Shop <news@shop.example>")");
        if (toss()) out += R"("dedupe_key":"d1","dedupe_window_ms":60000,)";
        maybe(out, "fallback_after_ms", "1000");
        maybe(out, "value", one_of(std::array<std::string_view, 4>{"0", "12", "12.25", "1e-3"}));
        maybe(out, "test", toss() ? "true" : "false");
        return object(out);
    }

    std::mt19937 random{20};
};

TEST_F(StoredFields, are_those_that_its_text_gives_for_any_request) {
    int with_profile = 0, with_sender = 0;
    for (int i = 0; i < 600; ++i) {
        const auto recipient = fmt::format("k{}", below(20));
        ASSERT_LT(ask("PUT", "/v1/recipients/" + recipient, profile()).status, 300);
        const auto text = request(recipient);
        const auto answer = post(text);
        ASSERT_EQ(answer.status, 202) << text << answer.body;
        const auto record = real_store->find(control.taken().back().message.id);
        ASSERT_TRUE(record.has_value());
        const auto& message = record->message;
        auto stored = model::decode_policy_fields(message.fields, message.plan);
        ASSERT_TRUE(stored.has_value()) << text;
        for (std::size_t step = 0; step < message.plan.size(); ++step) {
            const bool has_lines = message.plan[step].channel == "sms";
            const auto* sender = stored->sender_of(static_cast<int>(step));
            ASSERT_EQ(sender != nullptr, has_lines) << text;
            if (sender == nullptr) continue;
            EXPECT_EQ(*sender, dispatch::own_sender(message, message.plan[step], catalogue)) << text;
            with_sender += sender->empty() ? 0 : 1;
        }
        stored->step_senders.clear();
        auto read = policy::read_fields(message.body, "IR", paths);
        std::erase_if(read.data, [](const auto& each) { return each.second.size() > model::most_stored_value; });
        ASSERT_EQ(*stored, read) << message.body;
        with_profile += message.body.find("\"profile\"") != std::string::npos ? 1 : 0;
    }
    EXPECT_GT(with_profile, 50);
    EXPECT_GT(with_sender, 50);
}

TEST_F(StoredFields, of_a_template_are_the_sender_that_it_names_too) {
    ASSERT_EQ(post(simple).status, 202);
    const auto message = control.taken().back().message;
    const auto stored = model::decode_policy_fields(message.fields, message.plan);
    ASSERT_TRUE(stored.has_value());
    EXPECT_TRUE(stored->step_senders.empty()) << "no route of mail has lines";
    EXPECT_EQ(*stored->value_at("name"), "Sara");
}

TEST_F(StoredFields, do_not_survive_the_person) {
    const auto text =
        fmt::format(R"({{"to":{{"recipient":"k1","email":"k@b.example","phone":"09121234567"}},)"
                    R"("class":"transactional","household":"h1","dedupe_key":"secret","dedupe_window_ms":1000,)"
                    R"("content":{{"email":{{"subject":"s","text":"t"}}}}}})");
    ASSERT_EQ(post(text).status, 202);
    const auto id = control.taken().back().message.id;
    ASSERT_NE(real_store->find(id)->message.fields.find("secret"), std::string::npos);
    ASSERT_LT(ask("DELETE", "/v1/recipients/k1?erase=true").status, 300);
    for (int tries = 0; tries < 1'000'000 && !real_store->find(id)->message.recipient.empty(); ++tries)
        std::this_thread::yield();
    const auto message = real_store->find(id)->message;
    ASSERT_EQ(message.recipient, "");
    EXPECT_EQ(model::decode_policy_fields(message.fields, message.plan), model::PolicyFields{});
}

}  // namespace
}  // namespace chapar::ingress::test
