// The session against a scripted peer: no socket, no clock but the test's.
#include <gtest/gtest.h>

#include <deque>
#include <sstream>

#include "sms/pdu/status.hpp"
#include "sms/smpp/link.hpp"
#include "sms/smpp/pace.hpp"
#include "sms/smpp/verdict.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
using smpp::Command;

/// A stream whose other end is the test.
class FakeStream final : public Stream {
  public:
    void connect(Done done) override { connected = std::move(done); }
    void read_some(char* into, std::size_t size, Read done) override {
        into_ = into, room_ = size, read_ = std::move(done);
    }
    void write(std::string_view bytes, Done done) override {
        written.append(bytes);
        ++writes;
        if (!holds_writes) done("");
    }
    void close() override { is_closed = true; }
    void bring(std::string bytes) {
        while (!bytes.empty() && !is_closed) {
            const auto size = std::min(room_, bytes.size());
            bytes.copy(into_, size);
            bytes.erase(0, size);
            std::exchange(read_, nullptr)("", size);
        }
    }
    void fail(std::string why) { std::exchange(read_, nullptr)(std::move(why), 0); }
    /// The next PDU that was written.
    std::optional<smpp::Header> next() {
        const auto size = smpp::frame_size(written);
        if (!size || *size == 0 || *size > written.size()) return std::nullopt;
        const auto header = smpp::header_of(std::string_view(written).substr(0, *size));
        written.erase(0, *size);
        return header;
    }
    Done connected;
    std::string written;
    bool is_closed = false, holds_writes = false;
    int writes = 0;

  private:
    char* into_ = nullptr;
    std::size_t room_ = 0;
    Read read_;
};

std::string frame(Command command, std::uint32_t status, std::uint32_t sequence, smpp::Body body = smpp::Empty{}) {
    std::string out;
    EXPECT_TRUE(smpp::encode({{command, status, sequence}, body}, out));
    return out;
}

class SessionTest : public testing::Test, public LinkOwner {
  protected:
    SessionTest() {
        settings.system_id = "chapar";
        settings.response_timeout = 10s;
        settings.connect_timeout = 10s;
        settings.enquire_interval = 30s;
    }
    void start(std::uint32_t first = 1) {
        link = std::make_unique<Link>(
            *this, settings, Role::transceiver, [this] { return stream = std::make_shared<FakeStream>(); }, first);
        link->connect(now);
        stream->connected("");
        bind_sequence = stream->next()->sequence;
        stream->bring(frame(Command::bind_transceiver_resp, 0, bind_sequence, smpp::BindResp{"smsc", {}}));
    }
    std::uint32_t submit(std::uint64_t message) {
        std::string pdu = frame(Command::submit_sm, 0, 0, smpp::Short{});
        link->submit(pdu, {message, 0}, now);
        link->flush();
        return stream->next()->sequence;
    }
    void answer(std::uint32_t sequence, std::string_view id = "1") {
        stream->bring(frame(Command::submit_sm_resp, 0, sequence, smpp::MessageId{id, {}}));
    }

    void bound(Link&) override { log += "bound;"; }
    void answered(Link&, Ticket ticket, std::uint32_t status, std::string_view id) override {
        log +=
            "answered " + std::to_string(ticket.message) + ' ' + std::to_string(status) + ' ' + std::string(id) + ';';
    }
    void doubted(Link&, Ticket ticket) override { log += "doubted " + std::to_string(ticket.message) + ';'; }
    void answered_late(Link&, Ticket ticket, std::uint32_t, std::string_view id) override {
        log += "late " + std::to_string(ticket.message) + ' ' + std::string(id) + ';';
    }
    void delivered(Link&, const smpp::Pdu& pdu) override {
        log += "delivered " + std::to_string(pdu.header.sequence) + ';';
        if (!answers_at_once) return;
        link->acknowledge(pdu.header.sequence, pdu.header.command, smpp::status::ok);
        link->flush();
    }
    void ended(Link&, const std::string& why, std::uint32_t status, const std::vector<Ticket>& unanswered) override {
        log += "ended " + std::to_string(status) + ' ' + std::to_string(unanswered.size()) + ' ' + why + ';';
    }
    void congested(Link&, std::uint32_t percent) override { log += "congested " + std::to_string(percent) + ';'; }
    void strange(Link&, std::string_view what) override { log += "strange " + std::string(what) + ';'; }
    std::string said() { return std::exchange(log, {}); }

    Settings settings;
    Link::Clock::time_point now = Link::Clock::now();
    std::shared_ptr<FakeStream> stream;
    std::unique_ptr<Link> link;
    std::uint32_t bind_sequence = 0;
    std::string log;
    bool answers_at_once = false;
};

TEST_F(SessionTest, answers_out_of_order_find_their_submits) {
    start();
    EXPECT_EQ(said(), "bound;");
    const auto first = submit(1), second = submit(2);
    answer(second, "b");
    answer(first, "a");
    EXPECT_EQ(said(), "answered 2 0 b;answered 1 0 a;");
    EXPECT_EQ(link->unanswered(), 0U);
}

TEST_F(SessionTest, an_answer_to_an_unknown_sequence_changes_nothing) {
    start();
    submit(1);
    answer(4711);
    EXPECT_EQ(said(), "bound;strange an answer to an unknown sequence;");
    EXPECT_EQ(link->unanswered(), 1U);
}

TEST_F(SessionTest, sequences_wrap_at_the_end_of_their_range) {
    start(smpp::last_sequence - 1);
    EXPECT_EQ(bind_sequence, smpp::last_sequence - 1);
    EXPECT_EQ(submit(1), smpp::last_sequence);
    EXPECT_EQ(submit(2), 1U);
    answer(smpp::last_sequence, "a");
    answer(1, "b");
    EXPECT_EQ(said(), "bound;answered 1 0 a;answered 2 0 b;");
}

TEST_F(SessionTest, what_is_outstanding_when_the_link_is_lost_is_given_back_as_in_doubt) {
    start();
    submit(1), submit(2);
    stream->fail("reset");
    EXPECT_EQ(said(), "bound;ended 0 2 the connection ended: reset;");
    EXPECT_TRUE(stream->is_closed);
    EXPECT_TRUE(link->is_idle());
}

TEST_F(SessionTest, a_submit_without_an_answer_is_doubted_and_its_late_answer_known) {
    start();
    const auto sequence = submit(1);
    said();
    now += 10s;
    link->tick(now);
    EXPECT_EQ(said(), "doubted 1;");
    EXPECT_EQ(link->unanswered(), 0U);
    EXPECT_EQ(stream->next()->command, Command::enquire_link) << "is it there at all?";
    answer(sequence, "z");
    EXPECT_EQ(said(), "late 1 z;");
}

TEST_F(SessionTest, silence_is_asked_about_and_ends_the_session) {
    start();
    said();
    now = Link::Clock::now() + 30s;
    link->tick(now);
    const auto asked = stream->next();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->command, Command::enquire_link);
    stream->bring(frame(Command::enquire_link_resp, 0, asked->sequence));
    now += 10s;
    link->tick(now);
    EXPECT_EQ(said(), "");
    now += 60s;
    link->tick(now);
    now += 10s;
    link->tick(now);
    EXPECT_EQ(said(), "ended 0 0 no answer to enquire_link;");
}

TEST_F(SessionTest, it_answers_enquire_link_and_unbind) {
    start();
    stream->bring(frame(Command::enquire_link, 0, 77));
    const auto alive = stream->next();
    EXPECT_EQ(*alive, (smpp::Header{Command::enquire_link_resp, 0, 77}));
    stream->bring(frame(Command::unbind, 0, 78));
    EXPECT_EQ(*stream->next(), (smpp::Header{Command::unbind_resp, 0, 78}));
    EXPECT_EQ(said(), "bound;ended 0 0 the SMSC unbound;");
}

TEST_F(SessionTest, what_one_read_leads_to_leaves_in_one_write) {
    start();
    answers_at_once = true;
    std::string three;
    for (const std::uint32_t sequence : {7U, 8U, 9U})
        three += frame(Command::deliver_sm, 0, sequence, smpp::Short{});
    const int before = stream->writes;
    stream->bring(three);
    EXPECT_EQ(stream->writes, before + 1);
    for (const std::uint32_t sequence : {7U, 8U, 9U})
        EXPECT_EQ(stream->next()->sequence, sequence);
    // What comes before the end of the session is answered, too.
    stream->bring(frame(Command::deliver_sm, 0, 10, smpp::Short{}) + frame(Command::unbind, 0, 11));
    EXPECT_EQ(stream->next()->command, Command::deliver_sm_resp);
    EXPECT_EQ(stream->next()->command, Command::unbind_resp);
}

TEST_F(SessionTest, a_refused_bind_says_why) {
    link = std::make_unique<Link>(*this, settings, Role::receiver,
                                  [this] { return stream = std::make_shared<FakeStream>(); });
    link->connect(now);
    stream->connected("");
    const auto bind = stream->next();
    EXPECT_EQ(bind->command, Command::bind_receiver);
    stream->bring(frame(Command::bind_receiver_resp, smpp::status::invalid_password, bind->sequence, smpp::BindResp{}));
    EXPECT_EQ(said(), "ended 14 0 the bind was refused: ESME_RINVPASWD;");
}

TEST_F(SessionTest, commands_nobody_knows_are_nacked_and_the_session_goes_on) {
    start();
    std::string odd = frame(Command::enquire_link, 0, 5);
    odd[7] = 0x55;
    stream->bring(odd);
    EXPECT_EQ(*stream->next(), (smpp::Header{Command::generic_nack, smpp::status::invalid_command_id, 5}));
    stream->bring(frame(Command::submit_sm, 0, 6, smpp::Short{}));
    EXPECT_EQ(*stream->next(), (smpp::Header{Command::generic_nack, smpp::status::invalid_command_id, 6}));
    EXPECT_TRUE(link->is_bound());
}

TEST_F(SessionTest, a_nacked_submit_is_an_answer) {
    start();
    const auto sequence = submit(1);
    stream->bring(frame(Command::generic_nack, smpp::status::invalid_command_length, sequence));
    EXPECT_EQ(said(), "bound;answered 1 2 ;");
}

TEST_F(SessionTest, no_smpp_ends_the_session) {
    start();
    submit(1);
    stream->bring("HTTP/1.1 400 Bad Request\r\n\r\n");
    EXPECT_EQ(said(), "bound;ended 0 1 the peer sent no SMPP: a PDU longer than any may be;");
}

TEST_F(SessionTest, frames_in_pieces_are_put_together) {
    start();
    const auto sequence = submit(1);
    const auto whole = frame(Command::submit_sm_resp, 0, sequence, smpp::MessageId{"abc", {}}) +
                       frame(Command::deliver_sm, 0, 9, smpp::Short{});
    for (const char octet : whole)
        stream->bring(std::string(1, octet));
    EXPECT_EQ(said(), "bound;answered 1 0 abc;delivered 9;");
}

TEST_F(SessionTest, a_peer_that_does_not_read_is_not_gathered_for_without_end) {
    start();
    stream->holds_writes = true;
    for (int i = 0; i < 400'000; ++i)
        stream->bring(frame(Command::enquire_link, 0, 1));
    EXPECT_LT(stream->written.size(), 100U);
    EXPECT_TRUE(link->is_bound());
}

TEST_F(SessionTest, the_version_is_said_in_the_bind_and_congestion_is_heard) {
    settings.version = 0x50;
    start();
    said();
    const auto first = submit(1);
    std::string tlvs;
    smpp::append_tlv_u8(smpp::tag::congestion_state, 95, tlvs);
    stream->bring(frame(Command::submit_sm_resp, 0, first, smpp::MessageId{"a", *smpp::Tlvs::parse(tlvs)}));
    EXPECT_EQ(said(), "congested 95;answered 1 0 a;");
}

TEST(Pace, a_congested_smsc_gets_a_smaller_window_and_no_pause) {
    Pace pace(0, 64);
    Pace::Time now{1h};
    pace.congested(89, now);
    EXPECT_EQ(pace.window(), 64);
    pace.congested(95, now);
    pace.congested(95, now);  // the same word
    EXPECT_EQ(pace.window(), 48);
    pace.congested(100, now += 1s);
    EXPECT_EQ(pace.window(), 24);
    EXPECT_TRUE(pace.take(now));
    for (int i = 0; i < 10'000; ++i)
        pace.accepted(now);
    EXPECT_EQ(pace.window(), 64);
    for (int i = 0; i < 100; ++i)
        pace.congested(100, now += 1s);
    EXPECT_EQ(pace.window(), 1);
}

TEST(Pace, keeps_the_rate) {
    Pace pace(100, 10);
    Pace::Time now{1h};
    int taken = 0;
    for (int ms = 0; ms < 1000; ++ms, now += 1ms)
        while (pace.take(now))
            ++taken;
    EXPECT_GE(taken, 99);
    EXPECT_LE(taken, 106);
}

TEST(Pace, without_a_rate_nothing_waits) {
    Pace pace(0, 10);
    const Pace::Time now{1h};
    for (int i = 0; i < 10'000; ++i)
        ASSERT_TRUE(pace.take(now));
    EXPECT_EQ(pace.wait(now), Pace::Duration::zero());
}

TEST(Pace, throttling_pauses_halves_and_grows_back) {
    Pace pace(0, 64);
    Pace::Time now{1h};
    for (int i = 0; i < 1000; ++i, now += 1ms)
        pace.take(now);
    pace.throttled(now);
    pace.throttled(now + 1ms);  // the same word
    pace.throttled(now + 400ms);
    EXPECT_EQ(pace.window(), 32);
    EXPECT_FALSE(pace.take(now));
    EXPECT_GE(pace.wait(now), 400ms);
    now += pace.wait(now);
    int taken = 0;
    for (const auto until = now + 1s; now < until; now += 1ms)
        while (pace.take(now))
            ++taken, pace.accepted(now);
    EXPECT_LT(taken, 620) << "half of the thousand a second that was too much";
    EXPECT_GT(taken, 400);
    EXPECT_GT(pace.window(), 32);
}

TEST(Pace, pauses_grow_only_while_the_smsc_stays_full) {
    Pace pace(0, 64);
    Pace::Time now{1h};
    std::vector<Pace::Duration> pauses;
    for (int i = 0; i < 7; ++i, now += pauses.back() + 10ms) {
        pace.throttled(now);
        pauses.push_back(pace.wait(now));
    }
    EXPECT_EQ(pauses, (std::vector<Pace::Duration>{500ms, 1s, 2s, 4s, 8s, 10s, 10s}));
    pace.throttled(now += 11s);
    EXPECT_EQ(pace.wait(now), 500ms);
}

TEST(Verdict, of_statuses) {
    const StatusTable none;
    const auto ruling = [](Verdict verdict, Blame blame) { return Ruling{verdict, blame, false, false, {}}; };
    EXPECT_EQ(rule_submit(0x0B, false, none), ruling(Verdict::rejected, Blame::recipient));
    EXPECT_EQ(rule_submit(0x58, false, none), ruling(Verdict::retry, Blame::lane));
    EXPECT_EQ(rule_submit(0x14, false, none), ruling(Verdict::retry, Blame::lane));
    EXPECT_EQ(rule_submit(0x08, false, none), ruling(Verdict::retry, Blame::provider));
    EXPECT_EQ(rule_submit(0x0A, true, none), ruling(Verdict::rejected, Blame::message));
    EXPECT_EQ(rule_submit(0x0A, false, none), ruling(Verdict::retry, Blame::provider));
    EXPECT_EQ(rule_submit(0x1234, false, none), ruling(Verdict::retry, Blame::provider));
    const StatusTable site{{0x1234, ruling(Verdict::rejected, Blame::recipient)}};
    EXPECT_EQ(rule_submit(0x1234, false, site), ruling(Verdict::rejected, Blame::recipient));
    EXPECT_EQ(rule_bind(0x0E, 1), Blame::credentials);
    EXPECT_EQ(rule_bind(0x0F, 1), Blame::credentials);
    EXPECT_EQ(rule_bind(0x0D, 1), Blame::provider) << "an SMSC that restarts says the same";
    EXPECT_EQ(rule_bind(0x0D, 2), Blame::provider);
    EXPECT_EQ(rule_bind(0x0D, 3), Blame::credentials);
    EXPECT_EQ(rule_bind(0x08, 9), Blame::provider);
    const StatusTable sender{{0x1235, *parse_ruling("sender")}};
    EXPECT_EQ(rule_submit(0x1235, true, sender).blame, Blame::message);
    EXPECT_EQ(rule_submit(0x1235, false, sender), ruling(Verdict::retry, Blame::provider));
    EXPECT_EQ(parse_ruling("retry/provider 90s")->wait, 90s);
    EXPECT_FALSE(parse_ruling("rejected/message 90s"));
    EXPECT_FALSE(parse_ruling("retry/lane soon"));
    EXPECT_EQ(parse_ruling("retry/lane"), ruling(Verdict::retry, Blame::lane));
    EXPECT_EQ(parse_ruling("rejected/gone"), ruling(Verdict::rejected, Blame::gone));
    EXPECT_FALSE(parse_ruling("retry/gone")) << "who is gone is not tried again";
    EXPECT_FALSE(parse_ruling("accepted/lane"));
    for (std::uint32_t status = 1; status < 0x500; ++status)
        for (const bool own_source : {true, false}) {
            EXPECT_NE(rule_submit(status, own_source, none).verdict, Verdict::unknown) << "a refusal is never in doubt";
            EXPECT_NE(rule_submit(status, own_source, none).blame, Blame::credentials) << "one message pauses no route";
        }
}

/// The comment beside each status in the shipped file is its name in the specification, so that a reader may trust
/// both.
TEST(Statuses, each_has_the_name_that_the_specification_gives_it) {
    std::istringstream lines{std::string(shipped_statuses())};
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("0x")) continue;
        ++count;
        const auto number = static_cast<std::uint32_t>(std::stoul(line.substr(2), nullptr, 16));
        std::string name = line.substr(line.find("# ") + 2);
        name = "ESME_" + name.substr(0, name.find(':'));
        EXPECT_EQ(name, smpp::known_status_name(number)) << line;
    }
    EXPECT_EQ(static_cast<std::size_t>(count), built_in_statuses().submit.size() + built_in_statuses().bind.size());
}

TEST(Statuses, a_table_with_a_mistake_is_refused_with_its_place) {
    const std::string bind = "[bind]\n0x0E = \"credentials\"\n";
    const std::pair<std::string, std::string> wrong[] = {
        {"[submit]\n11 = \"retry/lane\"\n" + bind, "t.toml:2:"},
        {"[submit]\n0x00 = \"retry/lane\"\n" + bind, "t.toml:2:"},
        {"[submit]\n0x0B = \"accepted\"\n" + bind, "t.toml:2:"},
        {"[submit]\n0x0B = \"retry/credentials\"\n" + bind, "t.toml:2:"},
        {"[submit]\n0x0B = 7\n" + bind, "t.toml:2:"},
        {"[submit]\n[bind]\n0x0E = \"provider\"\n", "t.toml:3:"},
        {"[submit]\n[bind]\n0x0E = \"credentials after 0\"\n", "t.toml:3:"},
        {"[submit]\n[bind]\n[binds]\n", "t.toml:3:"},
        {"[submit]\n", "bind"},
        {"submit = 3\n" + bind, "t.toml:1:"},
    };
    for (const auto& [text, place] : wrong) {
        try {
            parse_statuses(text, "t.toml");
            ADD_FAILURE() << "taken: " << text;
        } catch (const std::exception& error) {
            EXPECT_NE(std::string(error.what()).find(place), std::string::npos) << text << error.what();
        }
    }
}

}  // namespace
}  // namespace chapar::sms
