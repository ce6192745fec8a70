#include "engage/score.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

namespace chapar::engage {
namespace {

using testing::ElementsAre;

Features click() {
    Features out;
    out.kind = HitKind::click;
    out.agent = AgentFamily::safari;
    out.since_delivery = 3'600'000;
    return out;
}
Features open() {
    auto out = click();
    out.kind = HitKind::open;
    return out;
}

TEST(Score, a_person_who_takes_their_time_is_human) {
    EXPECT_EQ(score(click()), (Score{0, Verdict::human, 0}));
    EXPECT_EQ(score(open()), (Score{0, Verdict::human, 0}));
    auto chrome = click();
    chrome.agent = AgentFamily::chromium;
    chrome.fetch = fetch_given | fetch_navigate | fetch_by_hand;
    EXPECT_EQ(score(chrome).by, Verdict::human);
}

TEST(Score, each_rule_of_the_table_gives_its_points) {
    const auto points = [](Features f, const std::function<void(Features&)>& change) {
        change(f);
        return score(f).points;
    };
    const std::map<ScoreRule, std::function<void(Features&)>> makes = {
        {ScoreRule::prefetch, [](Features& f) { f.method = Method::head; }},
        {ScoreRule::crawler, [](Features& f) { f.agent = AgentFamily::crawler; }},
        {ScoreRule::no_agent, [](Features& f) { f.agent = AgentFamily::absent; }},
        {ScoreRule::apple_privacy, [](Features& f) { f.network = NetworkClass::apple; }},
        {ScoreRule::google_proxy, [](Features& f) { f.agent = AgentFamily::google_image_proxy; }},
        {ScoreRule::yahoo_proxy, [](Features& f) { f.agent = AgentFamily::yahoo_mail_proxy; }},
        {ScoreRule::microsoft, [](Features& f) { f.network = NetworkClass::microsoft; }},
        {ScoreRule::gateway, [](Features& f) { f.network = NetworkClass::mimecast; }},
        {ScoreRule::at_once, [](Features& f) { f.since_delivery = 9'999; }},
        {ScoreRule::decoy, [](Features& f) { f.marks = mark_decoy; }},
        {ScoreRule::burst, [](Features& f) { f.marks = mark_burst; }},
        {ScoreRule::no_navigation, [](Features& f) { f.agent = AgentFamily::chromium; }},
    };
    for (const auto& row : score_table) {
        if (row.rule == ScoreRule::after_human) continue;
        ASSERT_TRUE(makes.contains(row.rule)) << row.name;
        EXPECT_EQ(points(open(), makes.at(row.rule)), row.open) << row.name;
        EXPECT_EQ(points(click(), makes.at(row.rule)), row.click) << row.name;
    }
}

TEST(Score, points_add_up_and_never_fall_below_nothing) {
    auto f = click();
    f.since_delivery = 2'000;
    EXPECT_EQ(score(f).by, Verdict::unknown) << "a quick person, perhaps";
    f.agent = AgentFamily::chromium;
    EXPECT_EQ(score(f).points, 70);
    EXPECT_EQ(score(f).by, Verdict::machine);
    EXPECT_THAT(reasons(score(f)), ElementsAre("at_once", "no_navigation"));
    f.marks = mark_after_human;
    EXPECT_EQ(score(f).points, 50);
    EXPECT_EQ(score(f).by, Verdict::unknown);
    f = click();
    f.marks = mark_after_human;
    EXPECT_EQ(score(f).points, 0);
}

TEST(Score, at_once_counts_from_the_delivery) {
    auto f = click();
    f.since_delivery = 10'000;
    EXPECT_EQ(score(f).points, 0);
    f.since_delivery = -1'500;  // a gateway that looks before it answers 250
    EXPECT_EQ(score(f).points, 40);
    f.since_delivery = Features::unknown_delivery;
    EXPECT_EQ(score(f).points, 0);
}

TEST(Score, opens_by_proxies_are_told_from_opens_by_people) {
    auto f = open();
    f.agent = AgentFamily::google_image_proxy;
    EXPECT_EQ(score(f).by, Verdict::human);
    EXPECT_THAT(reasons(score(f)), ElementsAre("google_proxy")) << "of no points, and still said";
    f.agent = AgentFamily::bare_mozilla;
    EXPECT_EQ(score(f).by, Verdict::machine);
    f.agent = AgentFamily::yahoo_mail_proxy;
    EXPECT_EQ(score(f).by, Verdict::unknown);
    f.agent = AgentFamily::safari;
    f.network = NetworkClass::microsoft;
    EXPECT_EQ(score(f).by, Verdict::human) << "Outlook.com shows pictures by its own proxy";
}

TEST(Score, the_published_table_is_the_table) {
    std::ostringstream text;
    text << std::ifstream(CHAPAR_SOURCE_DIR "/docs/engagement.md").rdbuf();
    const std::string page = text.str();
    std::string expected = "| rule | what it sees | open | click |\n|---|---|---|---|\n";
    for (const auto& row : score_table)
        expected += "| `" + std::string(row.name) + "` | " + std::string(row.words) + " | " + std::to_string(row.open) +
                    " | " + std::to_string(row.click) + " |\n";
    EXPECT_THAT(page, testing::HasSubstr(expected));
    EXPECT_THAT(page,
                testing::HasSubstr("From " + std::to_string(machine_from) + " points on a hit is a machine's, from " +
                                   std::to_string(unknown_from) + " on nobody knows"));
}

TEST(Features, are_read_back_as_they_were_written) {
    Features f;
    f.kind = HitKind::click;
    f.method = Method::other;
    f.network = NetworkClass::hosting;
    f.agent = AgentFamily::thunderbird;
    f.fetch = fetch_given | fetch_by_hand;
    f.marks = mark_burst | mark_after_human;
    f.link = 65535;
    f.country = 'I' << 8 | 'R';
    for (const std::int32_t since : {Features::unknown_delivery, -1, 0, 1, INT32_MAX}) {
        f.since_delivery = since;
        EXPECT_EQ(decode(encode(f)), f);
    }
    const auto bytes = encode(f);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(decode(bytes.substr(0, size)), std::nullopt);
    EXPECT_EQ(decode(bytes + '\0'), std::nullopt);
    for (const std::size_t at : {0U, 1U, 2U, 3U}) {
        auto odd = bytes;
        odd[at] = '\x77';
        EXPECT_EQ(decode(odd), std::nullopt) << at;
    }
}

TEST(Rescore, tells_what_changes_and_what_it_cannot_read) {
    auto machine = click();
    machine.method = Method::head;
    const std::vector<KeptHit> hits = {{1, encode(click()), Verdict::human},
                                       {2, encode(machine), Verdict::human},
                                       {3, encode(click()), Verdict::machine},
                                       {4, "\x02 later", Verdict::machine}};
    const auto done = rescore(hits);
    ASSERT_EQ(done.changes.size(), 2U);
    EXPECT_EQ(done.changes[0].id, 2);
    EXPECT_EQ(done.changes[0].to.by, Verdict::machine);
    EXPECT_EQ(done.changes[1].id, 3);
    EXPECT_EQ(done.changes[1].from, Verdict::machine);
    EXPECT_EQ(done.changes[1].to.by, Verdict::human);
    EXPECT_EQ(done.unreadable, 1U);
}

TEST(Observe, keeps_what_was_asked_and_not_who_asked) {
    NetworkReader reader;
    ASSERT_TRUE(reader.read("n", "192.0.2.0/24 cisco").empty());
    const auto networks = reader.build();
    const UserAgents agents;
    const Timestamp delivered = from_ms(1'900'000'000'000);
    HitRequest request{.kind = HitKind::click,
                       .method = "GET",
                       .user_agent = "Mozilla/5.0",
                       .from = *parse_address("192.0.2.9"),
                       .at = delivered + Milliseconds(1500),
                       .delivered = delivered};
    request.link = 7;
    request.fetch_mode = "navigate";
    request.fetch_user = "?1";
    const auto f = observe(request, networks, agents);
    EXPECT_EQ(f.network, NetworkClass::cisco);
    EXPECT_EQ(f.agent, AgentFamily::bare_mozilla);
    EXPECT_EQ(f.since_delivery, 1500);
    EXPECT_EQ(f.link, 7);
    EXPECT_EQ(f.fetch, fetch_given | fetch_navigate | fetch_by_hand);
    for (const std::string_view purpose : {"prefetch", "prefetch;prerender", "Prefetch", "preview"}) {
        request.purpose = purpose;
        EXPECT_TRUE(observe(request, networks, agents).has(fetch_prefetch)) << purpose;
    }
    request.purpose = "";
    request.method = "HEAD";
    request.delivered.reset();
    EXPECT_EQ(observe(request, networks, agents).method, Method::head);
    EXPECT_EQ(observe(request, networks, agents).since_delivery, Features::unknown_delivery);
    request.delivered = from_ms(0);
    EXPECT_EQ(observe(request, networks, agents).since_delivery, INT32_MAX) << "fifty years fit in no field";
}

TEST(UserAgents, families_are_told_apart) {
    const UserAgents agents;
    const std::vector<std::pair<std::string, AgentFamily>> known = {
        {"", AgentFamily::absent},
        {"   ", AgentFamily::absent},
        {"Mozilla/5.0", AgentFamily::bare_mozilla},
        {"Mozilla/5.0 ", AgentFamily::unknown},
        {"Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
         AgentFamily::google_image_proxy},
        {"YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", AgentFamily::yahoo_mail_proxy},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 "
         "Safari/537.36",
         AgentFamily::chromium},
        {"Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
         "Chrome/121.0.0.0 Mobile Safari/537.36",
         AgentFamily::chromium},
        {"Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.88 Safari/537.36",
         AgentFamily::old_chromium},
        {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", AgentFamily::firefox},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Mobile/15E148 Safari/604.1",
         AgentFamily::safari},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0 "
         "Mobile/15E148 Safari/604.1",
         AgentFamily::safari},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Mobile/15E148",
         AgentFamily::apple_webkit},
        {"Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; Microsoft Outlook 16.0.5110; "
         "ms-office)",
         AgentFamily::outlook},
        {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.1", AgentFamily::thunderbird},
        {"python-requests/2.31.0", AgentFamily::crawler},
        {"curl/8.5.0", AgentFamily::crawler},
        {"WhatsApp/2.23.20.0", AgentFamily::crawler},
        {"TelegramBot (like TwitterBot)", AgentFamily::crawler},
        {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", AgentFamily::crawler},
        {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 "
         "Safari/537.36",
         AgentFamily::crawler},
        {"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", AgentFamily::crawler},
        {"nothing known", AgentFamily::unknown},
    };
    for (const auto& [agent, family] : known)
        EXPECT_EQ(name(agents.family(agent)), name(family)) << agent;
    EXPECT_GT(UserAgents::rows(), 1500U);
    EXPECT_EQ(agents.family(std::string(1 << 20, 'x')), AgentFamily::unknown);
}

TEST(UserAgents, anchors_and_gaps_of_the_list_hold) {
    const UserAgents agents;
    EXPECT_TRUE(agents.is_crawler("curl/8"));
    EXPECT_FALSE(agents.is_crawler("libcurl-agent"));
    EXPECT_TRUE(agents.is_crawler("x sentry/1"));
    EXPECT_TRUE(agents.is_crawler("sentry/1"));
    EXPECT_FALSE(agents.is_crawler("xsentry/1"));
    EXPECT_TRUE(agents.is_crawler("BlogTraffic/1.4 Feed-Fetcher"));
    EXPECT_FALSE(agents.is_crawler("BlogTraffic/1 Feeds"));
    EXPECT_TRUE(agents.is_crawler("a test by SSL Labs"));
    EXPECT_FALSE(agents.is_crawler("a test by SSL Labs or so"));
}

}  // namespace
}  // namespace chapar::engage
