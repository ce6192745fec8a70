#include "base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <stdexcept>
#include <thread>

namespace {

using chapar::metrics::Registry;
using testing::HasSubstr;
using testing::Not;

/// Exit status of `promtool check metrics` on `text`, its words in `said`.
int promtool(const std::string& text, std::string& said) {
    std::string name = testing::TempDir() + "chapar-metrics-XXXXXX";
    const int fd = ::mkstemp(name.data());
    if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return -1;
    ::close(fd);
    FILE* pipe = ::popen(("promtool check metrics < " + name + " 2>&1").c_str(), "r");
    char buffer[512];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        said.append(buffer, n);
    const int status = ::pclose(pipe);
    ::unlink(name.c_str());
    return WEXITSTATUS(status);
}

TEST(Metrics, help_and_type_stand_once_per_name) {
    Registry registry;
    registry.counter("sent_total", "Messages sent.", {{"route", "a"}}).add();
    registry.counter("sent_total", "Messages sent.", {{"route", "b"}}).add(2);
    EXPECT_EQ(registry.text(),
              "# HELP chapar_sent_total Messages sent.\n# TYPE chapar_sent_total counter\n"
              "chapar_sent_total{route=\"a\"} 1\nchapar_sent_total{route=\"b\"} 2\n");
}

TEST(Metrics, the_same_name_and_labels_are_the_same_object) {
    Registry registry;
    auto& first = registry.gauge("x", "X.", {{"a", "1"}, {"b", "2"}});
    auto& second = registry.gauge("x", "X.", {{"b", "2"}, {"a", "1"}});
    EXPECT_EQ(&first, &second);
    EXPECT_NE(&first, &registry.gauge("x", "X.", {{"a", "1"}}));
}

TEST(Metrics, histogram_buckets_are_cumulative_and_include_their_bound) {
    Registry registry;
    auto& histogram = registry.histogram("wait_seconds", "Wait.", {0.1, 1});
    for (const double v : {0.05, 0.1, 0.5, 3.0})
        histogram.observe(v);
    const auto text = registry.text();
    EXPECT_THAT(text, HasSubstr("chapar_wait_seconds_bucket{le=\"0.1\"} 2\n"
                                "chapar_wait_seconds_bucket{le=\"1\"} 3\n"
                                "chapar_wait_seconds_bucket{le=\"+Inf\"} 4\n"
                                "chapar_wait_seconds_sum 3.65\nchapar_wait_seconds_count 4\n"));
}

TEST(Metrics, values_and_labels_are_escaped) {
    Registry registry;
    registry.gauge("odd", "A \\ and\na line.", {{"who", "a\"b\\c\nd"}}).set(std::numeric_limits<double>::infinity());
    EXPECT_EQ(registry.text(),
              "# HELP chapar_odd A \\\\ and\\na line.\n# TYPE chapar_odd gauge\n"
              "chapar_odd{who=\"a\\\"b\\\\c\\nd\"} +Inf\n");
}

TEST(Metrics, misuse_is_a_broken_invariant) {
    Registry registry;
    registry.counter("a_total", "A.");
    EXPECT_THROW(registry.gauge("a_total", "A."), std::logic_error);
    EXPECT_THROW(registry.counter("bad name", "A."), std::logic_error);
    EXPECT_THROW(registry.counter("b_total", "A.", {{"le", "1"}}), std::logic_error);
    EXPECT_THROW(registry.histogram("h", "H.", {2, 1}), std::logic_error);
    EXPECT_THAT(registry.text(), Not(HasSubstr("bad name")));
}

TEST(Metrics, promtool_accepts_the_text) {
    Registry registry;
    registry.counter("sent_total", "Messages \"sent\".", {{"route", "فارسی"}}).add(1e9);
    registry.gauge("waiting", "Messages waiting.").set(-0.5);
    registry.histogram("wait_seconds", "Wait.", {0.001, 0.1, 1, 1e6}, {{"class", "otp"}}).observe(0.2);
    std::string said;
    EXPECT_EQ(promtool(registry.text(), said), 0) << said;
    EXPECT_EQ(said, "");
    EXPECT_NE(promtool("chapar_x{ 1\n", said), 0) << "promtool must be able to refuse";
}

TEST(Metrics, a_gauge_whose_members_come_and_go_has_only_the_last_ones) {
    Registry registry;
    registry.replace("route_state", "States.", {{{{"route", "a"}}, 1}, {{{"route", "b"}}, 0.5}});
    registry.replace("route_state", "States.", {{{{"route", "b"}}, 2}});
    EXPECT_EQ(registry.text(),
              "# HELP chapar_route_state States.\n# TYPE chapar_route_state gauge\n"
              "chapar_route_state{route=\"b\"} 2\n");
    EXPECT_THROW(registry.gauge("route_state", "States."), std::logic_error);
    EXPECT_THROW(registry.replace("route_state", "States.", {{{{"bad name", "b"}}, 2}}), std::logic_error);
}

TEST(Metrics, threads_lose_no_count) {
    Registry registry;
    auto& counter = registry.counter("n_total", "N.");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10'000; ++i)
                counter.add();
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(counter.value(), 40'000);
}

}  // namespace
