// What mail systems really answer (replies.txt), and the form of the file that says what it means.

#include "verdict.hpp"

#include "chapar/config.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <set>
#include <sstream>

namespace chapar::email {
namespace {

using namespace std::chrono_literals;

constexpr std::pair<std::string_view, Phase> steps[] = {
    {"connect", Phase::connect}, {"tls", Phase::tls},   {"auth", Phase::auth},    {"mail", Phase::sender},
    {"rcpt", Phase::recipient},  {"data", Phase::data}, {"end", Phase::answered},
};

struct Row {
    std::string meaning, step, reply;
    int code = 0;
    std::string text;  ///< as the host hands it over: lines without their codes
    Phase phase{};
};

std::string name_of(const Outcome& outcome) {
    constexpr std::array verdicts{"", "accepted", "delivered", "retry", "rejected", "unknown"};
    constexpr std::array blames{"nobody", "message", "recipient", "lane", "credentials", "provider", "gone"};
    return std::string(verdicts.at(static_cast<std::size_t>(outcome.verdict))) + '/' +
           blames.at(static_cast<std::size_t>(outcome.blame));
}

std::vector<Row> corpus() {
    std::ifstream file(CHAPAR_SOURCE_DIR "/tests/unit/email/replies.txt");
    std::vector<Row> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        Row row;
        std::istringstream words(line);
        words >> row.meaning >> row.step >> std::ws;
        std::getline(words, row.reply);
        for (auto at = row.reply.find("\\n"); at != std::string::npos; at = row.reply.find("\\n"))
            row.reply.replace(at, 2, "\n");
        row.code = std::stoi(row.reply.substr(0, 3));
        std::istringstream lines(row.reply);
        for (std::string each; std::getline(lines, each);) {
            const bool coded = each.starts_with(std::to_string(row.code));
            row.text += (row.text.empty() ? "" : "\n") + (coded ? each.substr(4) : each);
        }
        for (const auto& [name, phase] : steps)
            if (name == row.step) row.phase = phase;
        rows.push_back(std::move(row));
    }
    return rows;
}

Rules rules_of(std::string_view text) { return parse_rules(text, "own.toml"); }

std::string flaw_of(std::string_view text) {
    try {
        (void)rules_of(text);
        return "none";
    } catch (const BadConfig& error) {
        return error.what();
    }
}

TEST(Replies, what_mail_systems_answer_means_what_it_says) {
    const auto rows = corpus();
    EXPECT_GE(rows.size(), 200U);
    for (const Row& row : rows) {
        const Answer answer{row.phase, row.code, row.text, false, ""};
        EXPECT_EQ(name_of(classify(answer)), row.meaning) << row.step << ' ' << row.reply << "\n  by the rule "
                                                          << rule_of(answer).name << ", " << rule_of(answer).place;
    }
}

TEST(Replies, letters_and_lines_do_not_matter) {
    for (const Row& row : corpus()) {
        std::string shouted = row.text, lines = row.text, whole = row.reply;
        for (char& c : shouted)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        for (auto at = lines.find(' ', 20); at < lines.size(); at = lines.find(' ', at + 20))
            if (std::isdigit(static_cast<unsigned char>(lines[at + 1])) == 0)
                lines[at] = '\n';  // no status begins a line
        for (const auto& text : {shouted, lines, whole})
            EXPECT_EQ(name_of(classify({row.phase, row.code, text, false, ""})), row.meaning) << text;
    }
}

TEST(Replies, no_refusal_of_one_message_pauses_a_route) {
    for (const Row& row : corpus())
        for (const auto phase : {Phase::recipient, Phase::data, Phase::answered})
            EXPECT_NE(classify({phase, row.code, row.text, false, ""}).blame, Blame::credentials) << row.reply;
    for (int code = 400; code < 600; ++code)
        for (const auto* text : {"", "5.7.8 authentication failed", "5.7.9 policy", "5.7.0 authentication required"})
            for (const auto phase : {Phase::recipient, Phase::data, Phase::answered})
                EXPECT_NE(classify({phase, code, text, false, ""}).blame, Blame::credentials) << code << text;
}

TEST(Replies, an_address_in_a_reply_says_nothing) {
    const auto of = [](std::string_view reply) { return name_of(classify({Phase::recipient, 550, reply, false, ""})); };
    EXPECT_EQ(of("5.1.1 <daily.limit.exceeded@spamhaus.example>: user unknown"), "rejected/gone");
    EXPECT_EQ(of("5.1.1 mailbox-full@quota.example user unknown"), "rejected/gone");
}

TEST(Replies, our_limits_bring_a_wait) {
    const auto wait = [](Phase phase, int code, std::string_view reply) {
        return classify({phase, code, reply, false, ""}).retry_after;
    };
    EXPECT_EQ(wait(Phase::answered, 550, "5.4.5 Daily user sending limit exceeded."), 1h);
    EXPECT_EQ(wait(Phase::answered, 554, "Too many messages, slow down"), 5min);
    EXPECT_EQ(wait(Phase::answered, 550, "Hourly sending limit exceeded, try again in 20 minutes"), 20min);
    EXPECT_EQ(wait(Phase::answered, 550, "5.7.1 spam"), 0ms);
}

TEST(Replies, the_routes_own_rules_come_first) {
    const auto own = rules_of(R"(
[[rule]]
name    = "our relay's word for full"
reply   = ["552", "554"]
status  = "5.7.*"
at      = ["rcpt", "end"]
text    = ["zimmer|room * voll"]
unless  = "nicht voll"
verdict = "retry/recipient"
wait    = "2h"
)");
    const auto of = [&](Phase phase, int code, std::string_view reply) {
        return classify({phase, code, reply, false, ""}, own);
    };
    EXPECT_EQ(name_of(of(Phase::recipient, 554, "5.7.1 Zimmer ist leider voll!")), "retry/recipient");
    EXPECT_EQ(of(Phase::recipient, 554, "5.7.1 Room 5: VOLL").retry_after, 2h);
    EXPECT_EQ(name_of(of(Phase::recipient, 554, "5.7.1 Zimmer nicht voll")), "rejected/message");  // unless
    EXPECT_EQ(name_of(of(Phase::recipient, 553, "5.7.1 Zimmer voll")), "rejected/message");        // reply
    EXPECT_EQ(name_of(of(Phase::data, 554, "5.7.1 Zimmer voll")), "rejected/message");             // at
    EXPECT_EQ(name_of(of(Phase::recipient, 554, "5.1.2 Zimmer voll")), "rejected/recipient");      // status
}

TEST(Replies, a_rule_can_not_give_a_refused_message_the_power_to_pause_a_route) {
    const auto rule = [](std::string_view conditions) {
        return "[[rule]]\nname = \"x\"\n" + std::string(conditions) + "\nverdict = \"retry/credentials\"\n";
    };
    for (const auto* conditions : {"", "at = \"rcpt\"", "at = \"end\"", "at = \"data\"", "at = \"mail\"",
                                   "at = [\"auth\", \"end\"]", "reply = \"535\"", "at = \"mail\"\nreply = \"5xx\"",
                                   "at = [\"auth\", \"rcpt\"]\nreply = \"530\"", "at = \"connect\""})
        EXPECT_TRUE(flaw_of(rule(conditions)).contains("credentials pause the route")) << conditions;
    for (const auto* conditions :
         {"at = \"auth\"", "at = [\"auth\", \"mail\"]\nreply = \"530\"", "at = \"auth\"\nreply = [\"535\", \"4xx\"]"})
        EXPECT_EQ(flaw_of(rule(conditions)), "none") << conditions;
    EXPECT_TRUE(
        flaw_of("[[rule]]\nname = \"x\"\nat = \"auth\"\nverdict = \"rejected/credentials\"\n").contains("pause"));
}

TEST(Replies, mistakes_are_named_with_their_place_and_the_nearest_word) {
    const std::string_view head = "[[rule]]\nname = \"x\"\n";
    const auto expect = [&](std::string_view lines, std::string_view place, std::string_view words) {
        const auto flaw = flaw_of(std::string(head) + std::string(lines));
        EXPECT_TRUE(flaw.starts_with("own.toml:" + std::string(place))) << flaw;
        EXPECT_TRUE(flaw.contains(words)) << flaw;
    };
    expect("verdict = \"retry/lain\"\n", "3:11: ", "did you mean \"lane\"?");
    expect("verdict = \"retri/lane\"\n", "3:11: ", "did you mean \"retry\"?");
    expect("verdict = \"retry\"\n", "3:11: ", "unknown blame");
    expect("verdikt = \"retry/lane\"\n", "3:11: ", "did you mean \"verdict\"?");
    expect("at = [\"rcpt\", \"dat\"]\nverdict = \"retry/lane\"\n", "3:15: ", "did you mean \"data\"?");
    expect("reply = \"250\"\nverdict = \"retry/lane\"\n", "3:9: ", "codes of refusals");
    expect("reply = \"55x\"\nverdict = \"retry/lane\"\n", "3:9: ", "codes of refusals");
    expect("status = \"5.1\"\nverdict = \"retry/lane\"\n", "3:10: ", "expected a status");
    expect("text = \"Mailbox full\"\nverdict = \"retry/lane\"\n", "3:8: ", "small letters");
    expect("text = \"* *\"\nverdict = \"retry/lane\"\n", "3:8: ", "needs a word");
    expect("verdict = \"rejected/gone\"\n", "3:11: ", "before RCPT");
    expect("at = \"rcpt\"\nverdict = \"rejected/gone\"\n", "4:11: ", "5xx");
    expect("verdict = \"retry/lane\"\nwait = \"soon\"\n", "4:8: ", "such as");
    expect("verdict = \"rejected/message\"\nwait = \"1h\"\n", "4:8: ", "not tried again");
    expect("at = \"rcpt\"\n", "1:1: ", "\"verdict\" is missing");
    expect("verdict = \n", "3:", "");
    EXPECT_TRUE(flaw_of("[rule]\nname = \"x\"\n").contains("[[rule]]"));
    EXPECT_TRUE(flaw_of("[[rules]]\nname = \"x\"\n").contains("did you mean \"rule\"?"));
}

TEST(Replies, a_pattern_is_words_in_order) {
    const auto stands = [](std::string_view pattern, std::string_view text) {
        const auto phrase = Phrase::parse(pattern);
        return phrase && phrase->stands_in(words_of(text));
    };
    EXPECT_TRUE(stands("over quota", "user is OVER-QUOTA"));
    EXPECT_FALSE(stands("over quota", "quota over"));
    EXPECT_FALSE(stands("full", "please check carefully"));
    EXPECT_TRUE(stands("throttl*", "you are throttled"));
    EXPECT_TRUE(stands("*list", "on our blocklist."));
    EXPECT_TRUE(stands("user|mailbox is? full", "the mailbox full"));
    EXPECT_TRUE(stands("user|mailbox is? full", "User's mailbox is full"));
    EXPECT_TRUE(stands("a * b", "a 1 2 3 4 5 6 7 8 b"));
    EXPECT_FALSE(stands("a * b", "a 1 2 3 4 5 6 7 8 9 b"));
    EXPECT_TRUE(stands("doesnt exist", "doesn't exist"));
}

TEST(Replies, a_reply_is_read_up_to_a_bounded_number_of_words) {
    std::string reply;
    for (int i = 0; i < 20'000; ++i)
        reply += "daily limit exceeded mailbox ";
    EXPECT_EQ(words_of(reply).size(), 400U);
    EXPECT_NE(classify({Phase::recipient, 550, reply, false, ""}).verdict, Verdict::unknown);
}

TEST(Replies, every_shipped_rule_is_needed_by_some_reply) {
    std::set<std::string> used;
    for (const Row& row : corpus())
        used.insert(rule_of({row.phase, row.code, row.text, false, ""}).name);
    for (const Rule& rule : shipped_rules())
        EXPECT_TRUE(used.contains(rule.name)) << rule.name << " at " << rule.place;
}

}  // namespace
}  // namespace chapar::email
