// Reports on their way to the store, and what follows from what it answers.

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "../ingress/failing_store.hpp"
#include "said.hpp"
#include "store/open_sqlite.hpp"
#include "track/report_intake.hpp"
#include "track/stop_answers.hpp"

namespace chapar::track {
namespace {

using model::Effect;

class ReportIntakeTest : public testing::Test {
  protected:
    ReportIntakeTest()
        : folder(std::filesystem::temp_directory_path() / ("chapar-track-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        store::SqliteOptions options;
        options.path = (folder / "chapar.db").string();
        options.unsafe_no_sync = true;  // no test here cuts the power
        auto opened = store::open_sqlite(options, clock);
        real = std::move(*opened);
        store = std::make_unique<ingress::test::FailingStore>(*real);
        store->answers_at_once = true;
        config::RouteSettings route;
        route.name = "op";
        route.channel = "sms";
        settings->routes.push_back(route);
        settings->daemon.country = "IR";
        settings->channels.emplace_back().name = "sms";
        settings->classes["transactional"].name = "transactional";
        stops = std::make_unique<StopAnswers>(StopAnswers::Deps{clock, *store, *store, ids, to_upkeep,
                                                                [this] { return settings; },
                                                                [this](const store::AcceptedBatch& taken) {
                                                                    for (const auto& each : taken.messages)
                                                                        answers.push_back(each.message);
                                                                }});
        intake = std::make_unique<ReportIntake>(ReportIntake::Deps{
            clock, *store, registry, strand, [this] { return settings; },
            [this](std::string_view of_route, MessageKey message) { receipts.emplace_back(of_route, message); },
            [this](std::string number, MessageId latest) { stops->answer(std::move(number), latest); }});
    }
    ~ReportIntakeTest() override {
        real->close();
        std::filesystem::remove_all(folder);
    }
    /// A message that the provider took, with this id of it.
    MessageId sent(const std::string& number, const std::string& provider_id) {
        model::Message message;
        message.id = ids.next();
        message.application = "shop";
        message.class_name = "marketing";
        message.plan.push_back({"sms", number, "", "", "fa"});
        message.accepted_at = message.send_at = clock.now();
        message.expires_at = clock.now() + std::chrono::hours(1);
        const auto id = message.id;
        std::vector<store::NewMessage> batch(1);
        batch[0].message = std::move(message);
        store->accept(std::move(batch), [](const auto& taken) { ASSERT_TRUE(taken.has_value()); });
        store->lease({{id.key(), 1, "sms", "op", clock.now(), false}}, nullptr, [](const auto&) {});
        store::Settlement taken;
        taken.key = id.key();
        taken.at = clock.now();
        taken.outcome.verdict = model::Verdict::accepted;
        taken.outcome.provider_id = provider_id;
        taken.tracked = store::Tracked{"op", number};
        store->settle({taken}, [](const auto& applied) { ASSERT_TRUE(applied->at(0)); });
        return id;
    }
    /// The plugin's word for it; true when it is on disk.
    bool report(Said said, const std::string& route = "op") {
        if (said.at == Timestamp{}) said.at = clock.now();
        std::optional<bool> durable;
        intake->take(route, said.report(), [&](bool is_durable) { durable = is_durable; });
        EXPECT_FALSE(durable.has_value()) << "it waits for the strand, behind outcomes that were before it";
        run();
        EXPECT_TRUE(durable.has_value());
        return durable.value_or(false);
    }
    void run() {
        for (auto* context : {&strand, &upkeep}) {
            context->restart();
            context->poll();
        }
    }
    double events(Effect effect) {
        return registry.counter("events_total", "", {{"route", "op"}, {"effect", std::string(model::name(effect))}})
            .value();
    }
    model::State state(MessageId id) { return real->find(id)->progress.state; }

    std::filesystem::path folder;
    ManualClock clock{from_ms(1'800'000'000'000)};
    IdGenerator ids{clock, MessageKey{0}, 3};
    metrics::Registry registry;
    boost::asio::io_context strand{1}, upkeep{1};
    boost::asio::any_io_executor to_upkeep{upkeep.get_executor()};
    std::shared_ptr<config::Settings> settings = std::make_shared<config::Settings>();
    std::unique_ptr<store::Store> real;
    std::unique_ptr<ingress::test::FailingStore> store;
    std::vector<std::pair<std::string, MessageKey>> receipts;
    std::vector<model::Message> answers;
    std::unique_ptr<StopAnswers> stops;
    std::unique_ptr<ReportIntake> intake;
};

TEST_F(ReportIntakeTest, a_receipt_moves_its_message_and_the_route_hears_of_it) {
    const auto id = sent("+989121234567", "x1");
    EXPECT_TRUE(report({.provider_id = "x1", .kind = "delivered"}));
    EXPECT_EQ(state(id), model::State::delivered);
    EXPECT_EQ(receipts, (std::vector<std::pair<std::string, MessageKey>>{{"op", id.key()}}));
    EXPECT_EQ(events(Effect::applied), 1);
}

TEST_F(ReportIntakeTest, several_that_come_before_the_strand_has_its_turn_are_all_taken_in_order) {
    const auto id = sent("+989121234567", "x1");
    std::string durable;
    for (const char* kind : {"delivered", "failed"})
        intake->take("op", Said{.provider_id = "x1", .kind = kind, .at = clock.now()}.report(),
                     [&durable, kind](bool is_durable) { durable += is_durable ? kind : "lost"; });
    run();
    EXPECT_EQ(durable, "deliveredfailed");
    EXPECT_EQ(state(id), model::State::delivered) << "the first final word stands";
    EXPECT_EQ(events(Effect::contradicted), 1);
}

TEST_F(ReportIntakeTest, what_waits_at_the_end_is_handed_in_without_the_strand) {
    const auto id = sent("+989121234567", "x1");
    bool is_durable = false;
    intake->take("op", Said{.provider_id = "x1", .kind = "delivered", .at = clock.now()}.report(),
                 [&](bool is) { is_durable = is; });
    intake->flush();
    EXPECT_TRUE(is_durable);
    EXPECT_EQ(state(id), model::State::delivered);
    run();
    EXPECT_EQ(events(Effect::applied), 1) << "once";
}

TEST_F(ReportIntakeTest, a_store_that_is_closed_leaves_it_to_the_plugin_to_report_again) {
    real->close();
    EXPECT_FALSE(report({.provider_id = "x1", .kind = "delivered"}));
    EXPECT_TRUE(receipts.empty());
}

TEST_F(ReportIntakeTest, a_bill_counts_once_and_only_for_a_message_of_ours) {
    sent("+989121234567", "x1");
    const Said bill{.provider_id = "x1", .kind = "billed", .dedupe_key = "b1", .bill = model::read_bill("2 USD")};
    report(bill);
    report(bill);
    report({.provider_id = "nobody's", .kind = "billed", .bill = model::read_bill("5 USD")});
    EXPECT_EQ(registry.counter("cost_billed_total", "", {{"route", "op"}, {"currency", "USD"}}).value(), 2);
    EXPECT_EQ(events(Effect::repeated), 1);
}

TEST_F(ReportIntakeTest, a_stop_is_answered_once_by_the_application_that_wrote_last) {
    settings->channels[0].stop_answer = "You get no more offers.";
    sent("+989121234567", "x1");
    EXPECT_TRUE(report({.kind = "unsubscribed", .address = "989121234567", .detail = "STOP"}));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].application, "shop");
    EXPECT_EQ(answers[0].class_name, "transactional");
    EXPECT_EQ(answers[0].plan.at(0).address, "+989121234567");
    EXPECT_NE(answers[0].body.find("You get no more offers."), std::string::npos);
    EXPECT_EQ(answers[0].tags, std::vector<std::string>{"stop-answer"});
    EXPECT_TRUE(receipts.empty()) << "it is no receipt";
    report({.kind = "unsubscribed", .address = "+989121234567", .detail = "STOP"});
    EXPECT_EQ(answers.size(), 1U) << "a robot that goes on with it gets no other answer";
}

TEST_F(ReportIntakeTest, a_stop_is_not_answered_without_a_text_or_from_somebody_whom_nobody_wrote_to) {
    sent("+989121234567", "x1");
    report({.kind = "unsubscribed", .address = "+989121234567", .detail = "STOP"});
    settings->channels[0].stop_answer = "Bye.";
    report({.kind = "unsubscribed", .address = "+989120000000", .detail = "STOP"});
    report({.kind = "complained", .address = "+989121234567"});
    settings->channels[0].stop_answer_class = "gone";
    sent("+989121111111", "x2");
    report({.kind = "unsubscribed", .address = "+989121111111", .detail = "STOP"});
    EXPECT_TRUE(answers.empty());
}

TEST_F(ReportIntakeTest, an_opt_out_by_the_sandbox_touches_nobody) {
    sent("+989121234567", "x1");
    report({.kind = "unsubscribed", .address = "+989121234567", .detail = "STOP"}, std::string(model::sandbox_name));
    EXPECT_TRUE(real->suppressions("", "", 10)->empty());
}

}  // namespace
}  // namespace chapar::track
