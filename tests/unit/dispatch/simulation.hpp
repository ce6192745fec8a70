#pragma once
// A day of the sending side in virtual time: the dispatcher over a store, with a scripted provider, seeded. What
// happens and in which order follows from the seed alone, so a seed that fails fails again.

#include <map>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "fixture.hpp"

namespace chapar::dispatch {

/// The provider's side: it outlives the daemon, and remembers what it was sent.
class ScriptedProvider {
  public:
    enum class Mood : std::uint8_t { well, failing, throttling, silent, locked };
    struct Sent {
        MessageId id;
        int number = 0;
        std::string route, person, class_name;
        Monotonic at{};
        int life = 0;              // of the daemon
        bool is_accepted = false;  // whatever it answered, if it answered
    };

    ScriptedProvider(VirtualClock& clock, std::uint64_t seed) : clock_(clock), random_(seed) {}

    void set_mood(const std::string& route, Mood mood) { moods_[route] = mood; }
    void take(const std::string& route, const plugin::Outgoing& message, std::function<void(model::Outcome)> done);
    std::optional<Monotonic> next() const;
    bool has(MessageId id, int number) const;
    std::size_t answer_due();
    /// Its answers reach nobody any more.
    void lose_answers() { answers_ = {}; }
    void begin_life(int life) { life_ = life; }

    std::vector<Sent> sent;
    std::function<void(const plugin::Outgoing&)> on_send;
    bool counts_twice = false;

  private:
    struct Answer {
        Monotonic at;
        std::uint64_t number;
        std::function<void()> call;
        bool operator>(const Answer& other) const { return std::pair(at, number) > std::pair(other.at, other.number); }
    };
    struct Decision {
        model::Outcome outcome;
        Milliseconds after;
        bool is_accepted;
    };
    Decision decide(Mood mood);
    Milliseconds between(int least, int most);
    model::Outcome say(model::Verdict verdict, model::Blame blame) const;

    VirtualClock& clock_;
    std::mt19937_64 random_;
    std::map<std::string, Mood> moods_;
    std::priority_queue<Answer, std::vector<Answer>, std::greater<>> answers_;
    std::uint64_t answers_made_ = 0;
    int life_ = 0;
};

/// A route's instance: hands all to the provider.
class ScriptedInstance final : public plugin::Instance {
  public:
    ScriptedInstance(std::string name, ScriptedProvider& provider);
    const std::string& name() const override { return name_; }
    const plugin::Traits& traits() const override { return traits_; }
    void send(std::vector<plugin::Outgoing> batch, Milliseconds, Completed done) override;
    void drain(Milliseconds, std::function<void(std::string)> drained) override { drained(""); }

  private:
    const std::string name_;
    plugin::Traits traits_;
    ScriptedProvider& provider_;
};

/// What a daemon could do wrong, done on purpose: the invariants must notice.
enum class Wrong : std::uint8_t {
    nothing,
    sends_twice,
    forgets_an_opt_out,
    counts_too_far,
    hurries,
    ends_nothing,
    loses,
    passes_the_fence,  // an opt-out is acknowledged when it is committed, whatever is on its way
    hides_orphans
};

struct Plan {
    std::uint64_t seed = 1;
    Milliseconds length{std::chrono::hours(24)};
    int messages = 2'400;
    int kills = 12;
    bool in_memory = true;  // the store, which commits and answers in another order than it was asked; else SQLite
    Wrong wrong = Wrong::nothing;
    bool jumps = false;  // the wall clock is set: then windows of caps can't be judged from outside
};

class Simulation : public DispatchTest {
  protected:
    /// Plays the plan, lets the daemon come to rest, and judges.
    void play(const Plan& plan);
    ~Simulation() override { forget(); }

  private:
    static constexpr int slow_rate = 2;  // of the second route, a second
    static constexpr int cap_limit = 3;  // of marketing, to one person
    static constexpr Milliseconds cap_window = std::chrono::minutes(20);
    static constexpr Milliseconds longest_rest{300};  // of the store in memory
    static constexpr Milliseconds patience{60'000};   // beyond a message's expiry

    // the script
    void write_script();
    void write_traffic();
    void write_trouble();
    void at(Milliseconds when, std::function<void()> call);
    Milliseconds some_time();
    int some(int below) { return static_cast<int>(random_() % static_cast<std::uint64_t>(below)); }
    void begin_life();
    void submit(Milliseconds longest);
    void accepted(store::AcceptedBatch taken, bool tells);
    void opt_out(const std::string& who);
    void opt_out_in_midst();
    void cancel_one();
    void kill();
    void restart();
    void reload();
    void fail_store(std::atomic<bool>& how);
    void pause_route();
    // time
    void run_script();
    void run_until(Monotonic end);
    bool run_one();
    bool step_store();
    // invariants, by their numbers in the catalogue of faults
    void check_on_disk(const plugin::Outgoing& sent);  // I1, I4: the attempt is written down before anything leaves
    void check_nothing_stuck();                        // I5
    void check_consent(const plugin::Outgoing& sent);  // I9
    void check_all_over();                             // I1, I4, I5
    void check_copies();                               // I2
    void check_caps();                                 // I3
    void check_rates();                                // I3

    Plan plan_;
    std::mt19937_64 random_;
    std::unique_ptr<ScriptedProvider> provider_;
    std::multimap<Monotonic, std::function<void()>> script_;
    std::map<MessageKey, model::Message> accepted_;  // and acknowledged
    std::unique_ptr<IdGenerator> life_ids_;
    std::set<std::string> said_no_;  // persons, since their fence was passed
    int life_ = 0;
    int said_in_midst_ = 0;
    bool is_stopping_ = false;  // this life takes up nothing new
    Monotonic store_rests_until_{};
    Monotonic unwell_until_{};  // the store failed, or the daemon had just begun
};

}  // namespace chapar::dispatch
