#pragma once
// From one message's text to what the store keeps: JSON -> Submission -> decision. Reads the store and the catalogue,
// writes nothing. One thread at a time; keeps its memory between messages.

#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "admission/admission.hpp"
#include "config/settings.hpp"
#include "ingress/server.hpp"
#include "net/http_problem.hpp"
#include "net/json_reader.hpp"

namespace chapar::ingress {

class Preparer {
  public:
    explicit Preparer(const Deps& deps) : deps_(deps) {}
    void set_settings(std::shared_ptr<const config::Settings> settings);

    /// The stored profile of a recipient: its JSON; empty: there is none.
    using Profile = Result<std::string>;

    struct Asked {
        Timestamp now{};
        std::int64_t waiting = 0;                // of the application
        std::optional<Milliseconds> next_token;  // of its rate limit
        bool what_if = false;                    // `at` is known and is `now`; data may be left out
        bool may_block = true;                   // false: what must be read from the store is asked for, see Read
        const Profile* profile = nullptr;        // what such a read answered
        std::string_view key{};                  // the idempotency key of the request's head; empty: none
    };
    /// What has to be read first, where this thread must not wait for the store.
    struct Read {
        enum class What : std::uint8_t { profile, key } what = What::profile;
        std::string id;                  // of the recipient, or the idempotency key
        std::uint64_t request_hash = 0;  // of the key
    };
    struct Prepared {
        store::NewMessage message;
        std::shared_ptr<const render::Template> program;  // nullptr: ready-made content
    };
    /// A submission that is not taken now: why, and the message that its key was accepted with before, if it was.
    struct Refused {
        Refused(net::Problem why) : problem(std::move(why)) {}  // NOLINT(google-explicit-constructor)
        net::Problem problem;
        std::optional<MessageId> first;
        bool is_test = false;
        std::optional<Read> read;  // profile: prepare it again with that; key: `first` is what it says
    };
    /// `body`: one JSON object. It is moved from only where the message is taken.
    std::expected<Prepared, Refused> prepare(const config::ApplicationSettings& app, std::string& body, Asked asked);
    /// The recipient whose profile `prepare` would ask for; empty: none. The body may be anything.
    std::string needed_profile(const std::string& body);

    /// Block on the store; any thread.
    static Profile profile_of(store::People& people, const std::string& application, const std::string& recipient);
    static std::optional<MessageId> first_of(store::Acceptance& acceptance, const std::string& application,
                                             const Read& key);

  private:
    bool needs_profile() const {
        return !submission_.recipient.empty() && submission_.email.empty() && submission_.phone.empty();
    }
    /// What can't be accepted any more (its time is over, its template is gone) may have been accepted before.
    Refused refused(const config::ApplicationSettings& app, std::string_view text, net::Problem problem,
                    bool may_block);
    /// The value: the profile's JSON, or nothing.
    std::expected<std::string, Refused> add_profile(const config::ApplicationSettings& app, const Asked& asked);
    /// The channels of `submission_.plan`, in its order. False: there is no such plan.
    bool collect_plan(const config::ApplicationSettings& app, const render::Template* program,
                      std::string_view class_name);
    void collect_usual(const config::ApplicationSettings& app, const render::Template* program,
                       std::string_view class_name);
    bool collect_steps(const config::ApplicationSettings& app, const render::Template* program,
                       const config::ClassSettings* cls, std::string_view class_name);
    void judge_steps(const render::Template* program, std::string_view class_name, std::string_view body, bool what_if);
    bool has_route(std::string_view channel, std::string_view class_name) const;
    bool has_address(std::string_view channel) const;
    /// The route of `class_name` that should give a mail its From and does not; empty when one of them does.
    std::string_view route_without_from(std::string_view class_name) const;
    std::string nearest_template(const config::ApplicationSettings& app) const;
    void fill(store::NewMessage& out, admission::Accept accept, const render::Template* program) const;
    /// What the policy will need of the message; `message` has its plan already.
    std::string fields_of(const model::Message& message, const render::Template* program) const;
    std::expected<void, net::Problem> read(const std::string& body, bool what_if);

    const Deps& deps_;
    std::shared_ptr<const config::Settings> settings_;
    std::vector<const config::RouteSettings*> fromless_;  // of settings_: mail routes without a From of their own
    std::vector<std::string> data_paths_;                 // of settings_: into the data of messages, that rules ask for
    std::set<std::string> lined_;                         // of settings_: channels with a route that names lines
    net::JsonReader json_, profile_json_;
    admission::Submission submission_;                      // scratch of one message
    net::JsonReader::Element root_;                         // of its text
    std::optional<net::JsonReader::Element> profile_root_;  // of the profile that it is accepted with
    std::string recipient_;                                 // its recipient, in one spelling
    std::vector<admission::StepFacts> steps_;               // scratch of one message
};

}  // namespace chapar::ingress
