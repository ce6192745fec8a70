#include "ingress/preparer.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "address/key.hpp"
#include "admission/address.hpp"
#include "config/checks.hpp"
#include "config/prices.hpp"
#include "config/senders.hpp"
#include "config/suggest.hpp"
#include "ingress/submission_reader.hpp"
#include "policy/decide.hpp"
#include "policy/request_fields.hpp"

namespace chapar::ingress {
namespace {

net::Problem invalid_message(Errors errors) {
    auto detail = errors.front().pointer + ": " + errors.front().detail;
    return {422, "invalid-message", std::move(detail), std::move(errors), {}};
}

const config::ClassSettings* find_class(const config::Settings& settings, const std::string& name) {
    const auto found = settings.classes.find(name);
    return found == settings.classes.end() ? nullptr : &found->second;
}

double reach_of(const config::Settings& settings, std::string_view channel) {
    const auto* found = config::find_channel(settings, channel);
    return found == nullptr ? config::ChannelSettings{}.reach : found->reach;
}

/// Who a collapse_key is about: the person, else the address.
std::string person_of(const model::Message& message) {
    if (!message.recipient.empty()) return message.recipient;
    for (const auto& step : message.plan) {
        if (!step.address.empty()) return step.channel + ':' + address::key(step.address);
    }
    return {};
}

}  // namespace

void Preparer::set_settings(std::shared_ptr<const config::Settings> settings) {
    settings_ = std::move(settings);
    json_.set_limits(settings_->socket.max_depth, settings_->socket.max_keys);
    profile_json_.set_limits(settings_->socket.max_depth, settings_->socket.max_keys);
    fromless_.clear();
    for (const auto& route : settings_->routes)
        if (config::lacks_from(route)) fromless_.push_back(&route);
    data_paths_ = policy::data_paths(*settings_);
    lined_.clear();
    for (const auto& route : settings_->routes)
        if (!route.lines.empty()) lined_.insert(route.channel);
}

bool Preparer::has_route(std::string_view channel, std::string_view class_name) const {
    const auto carries = [&](const config::RouteSettings& route) {
        return route.channel == channel && config::serves(route, class_name, {});
    };
    if (std::ranges::any_of(settings_->routes, carries)) return true;
    // A site that has no route of the channel yet may be written against; one that has is judged as for a real message.
    const auto known = config::known_channels(*settings_);
    return submission_.is_test && !config::has_route_of(*settings_, channel) &&
           std::ranges::find(known, channel) != known.end();
}

std::string_view Preparer::route_without_from(std::string_view class_name) const {
    std::string_view lacking;
    for (const auto& route : settings_->routes) {
        if (route.channel != "email" || !config::serves(route, class_name, {})) continue;
        if (std::ranges::find(fromless_, &route) == fromless_.end()) return {};
        if (lacking.empty()) lacking = route.name;
    }
    return lacking;
}

bool Preparer::has_address(std::string_view channel) const {
    switch (admission::address_kind(channel)) {
        case admission::AddressKind::email:
            return !submission_.email.empty();
        case admission::AddressKind::phone:
            return !submission_.phone.empty();
        case admission::AddressKind::recipient:
            return !submission_.recipient.empty();
    }
    return false;
}

/// The channels of the content or of the template that can be used for this person.
void Preparer::collect_usual(const config::ApplicationSettings& app, const render::Template* program,
                             std::string_view class_name) {
    const auto add = [&](std::string_view channel) {
        const bool usable =
            admission::is_allowed(app.channels, channel) && has_address(channel) && has_route(channel, class_name);
        if (usable) steps_.push_back({.channel = channel, .missing_variables = {}});
    };
    for (const auto& content : submission_.content)
        add(content.channel);
    if (!submission_.content.empty() || !program) return;
    for (const auto& info : program->info().channels)
        add(info.channel);
}

bool Preparer::collect_plan(const config::ApplicationSettings& app, const render::Template* program,
                            std::string_view class_name) {
    const bool cheapest = submission_.plan == "cheapest-first";
    if (cheapest || submission_.plan == "reach-first") {
        collect_usual(app, program, class_name);
        const auto country = submission_.country.empty() ? settings_->daemon.country : std::string(submission_.country);
        const auto number = admission::canonical_phone(submission_.phone, country).value_or(std::string());
        const auto cost = [&](std::string_view channel) {
            const bool by_number = admission::address_kind(channel) == admission::AddressKind::phone;
            return config::least_unit_cost(*settings_, channel, class_name, by_number ? number : std::string());
        };
        std::ranges::stable_sort(steps_, [&](const auto& a, const auto& b) {
            return cheapest ? cost(a.channel) < cost(b.channel)
                            : reach_of(*settings_, a.channel) > reach_of(*settings_, b.channel);
        });
        return true;
    }
    const auto found = std::ranges::find(settings_->plans, submission_.plan, &config::PlanSettings::name);
    if (found == settings_->plans.end()) return false;
    for (const auto& channel : found->channels)
        steps_.push_back({.channel = channel, .missing_variables = {}});
    return true;
}

/// The plan: the channels asked for, by list or by a plan's name, else those of the content or the template. What was
/// not asked for one by one is cut to what the class allows. False: there is no such plan.
bool Preparer::collect_steps(const config::ApplicationSettings& app, const render::Template* program,
                             const config::ClassSettings* cls, std::string_view class_name) {
    steps_.clear();
    const auto most = std::min<std::size_t>(cls ? cls->fallback + 1 : admission::max_channels, admission::max_channels);
    if (!submission_.plan.empty()) {
        const bool known = collect_plan(app, program, class_name);
        if (steps_.size() > most) steps_.resize(most);
        return known;
    }
    if (!submission_.channels.empty()) {
        for (const auto channel : submission_.channels)
            steps_.push_back({.channel = channel, .missing_variables = {}});
    } else if (!submission_.content.empty()) {
        for (const auto& content : submission_.content)
            steps_.push_back({.channel = content.channel, .missing_variables = {}});
    } else {
        collect_usual(app, program, class_name);
        if (steps_.size() > most) steps_.resize(most);
    }
    return true;
}

void Preparer::judge_steps(const render::Template* program, std::string_view class_name, std::string_view body,
                           bool what_if) {
    bool asks = program && !program->info().required.empty();
    const auto data = program ? net::raw_member(body, "data") : std::string_view();
    if (what_if && (data.empty() || data == "{}")) asks = false;
    for (auto& step : steps_) {
        step.has_route = has_route(step.channel, class_name);
        const bool templates_from = program && program->has_part(step.channel, submission_.locale, "from");
        if (step.channel == "email" && !fromless_.empty() && !templates_from)
            step.from_missing_at = route_without_from(class_name);
        if (!program) continue;
        step.has_template = program->has_channel(step.channel);
        auto flaws = program->data_flaws(step.channel, data, asks && step.has_template);
        for (auto& wrong : flaws.contradictions)
            step.wrong_data.push_back({"/data" + wrong.pointer, std::move(wrong.sentence)});
        step.missing_variables = std::move(flaws.missing);
        // The site's own pages stand in where the data names none.
        if (!settings_->web.base_url.empty()) std::erase_if(step.missing_variables, render::is_given_by_pages);
        step.lacks_unsubscribe =
            step.channel == "email" && !program->shows_unsubscribe(step.channel, submission_.locale);
        step.sender = program->fixed_part(step.channel, submission_.locale, "from");
    }
}

/// Among those that the application may use.
std::string Preparer::nearest_template(const config::ApplicationSettings& app) const {
    if (submission_.template_name.empty()) return {};
    std::vector<std::string> names;
    for (const auto& known : deps_.catalogue.list())
        if (admission::is_template_allowed(app.templates, known.name)) names.push_back(known.name);
    const std::vector<std::string_view> views(names.begin(), names.end());
    return std::string(config::nearest(submission_.template_name, views));
}

Preparer::Profile Preparer::profile_of(store::People& people, const std::string& application,
                                       const std::string& recipient) {
    auto found = people.recipient(application, recipient);
    if (!found) return std::unexpected(found.error());
    return *found ? std::string(net::trimmed((*found)->profile)) : std::string();
}

std::optional<MessageId> Preparer::first_of(store::Acceptance& acceptance, const std::string& application,
                                            const Read& key) {
    const auto known = acceptance.known_key(application, key.id);
    if (!known || !*known || (*known)->request_hash != key.request_hash) return std::nullopt;
    return (*known)->id;
}

std::string Preparer::needed_profile(const std::string& body) {
    if (!read(body, false)) return {};
    return needs_profile() ? std::string(submission_.recipient) : std::string();
}

/// A recipient named by id alone is looked up; what the profile says stands where the request says nothing.
std::expected<std::string, Preparer::Refused> Preparer::add_profile(const config::ApplicationSettings& app,
                                                                    const Asked& asked) {
    if (!needs_profile()) return std::string();
    const std::string recipient(submission_.recipient);
    if (!asked.may_block && asked.profile == nullptr) {
        Refused later(net::Problem{503, "storage-unavailable", "the profile was not read", {}, 5});
        later.read = Read{Read::What::profile, recipient, 0};
        return std::unexpected(std::move(later));
    }
    auto found = asked.profile != nullptr ? *asked.profile : profile_of(deps_.store, app.name, recipient);
    if (!found) return std::unexpected(net::Problem{503, "storage-unavailable", found.error().message(), {}, 5});
    auto json = std::move(*found);
    if (json.empty()) return json;  // a channel may need no address; `decide` knows
    json.reserve(json.size() + net::JsonReader::padding);
    const auto root = profile_json_.read(json);
    simdjson::dom::object person;
    if (!root || root->get(person) != simdjson::SUCCESS)
        return std::unexpected(net::Problem{503, "storage-unavailable", "the stored profile is damaged", {}, 60});
    profile_root_ = *root;
    admission::Submission stored;
    Errors ignored;
    read_person(person, "", false, stored, ignored);
    submission_.email = stored.email;
    submission_.phone = stored.phone;
    if (submission_.country.empty()) submission_.country = stored.country;
    if (submission_.locale.empty()) submission_.locale = stored.locale;
    if (submission_.timezone.empty()) submission_.timezone = stored.timezone;
    return json;
}

Preparer::Refused Preparer::refused(const config::ApplicationSettings& app, std::string_view text, net::Problem problem,
                                    bool may_block) {
    Refused out(std::move(problem));
    out.is_test = submission_.is_test;
    if (submission_.idempotency_key.empty()) return out;
    Read key{Read::What::key, std::string(submission_.idempotency_key), XXH3_64bits(text.data(), text.size())};
    if (may_block) {
        out.first = first_of(deps_.store, app.name, key);
    } else {
        out.read = std::move(key);
    }
    return out;
}

std::expected<void, net::Problem> Preparer::read(const std::string& body, bool what_if) {
    const auto root = json_.read(body);
    if (!root) return std::unexpected(net::refusal(json_, root.error()));
    root_ = *root;
    profile_root_.reset();
    submission_.clear();
    Errors errors;
    read_submission(*root, submission_, errors, what_if);
    if (!errors.empty()) return std::unexpected(invalid_message(std::move(errors)));
    recipient_ = address::name_of(submission_.recipient, settings_->daemon.country);
    submission_.recipient = recipient_;
    return {};
}

/// Everything of the message but its class, times and body.
void Preparer::fill(store::NewMessage& out, admission::Accept accept, const render::Template* program) const {
    auto& message = out.message;
    message.id = deps_.ids.next();
    message.recipient = submission_.recipient;
    message.campaign = submission_.campaign;
    message.tags.assign(submission_.tags.begin(), submission_.tags.end());
    message.send_at = accept.send_at;
    message.expires_at = accept.expires_at;
    const std::string_view locale =
        submission_.locale.empty() ? std::string_view(settings_->daemon.locale) : submission_.locale;
    message.plan.reserve(accept.plan.size());
    for (auto& step : accept.plan) {
        message.plan.push_back({std::string(step.channel), std::move(step.address),
                                std::string(submission_.template_name), program ? program->revision() : std::string(),
                                std::string(locale), submission_.is_test});
        if (step.channel == "email") message.plan.back().copies = accept.copies;
    }
    message.fields = fields_of(message, program);
    out.idempotency_key = submission_.idempotency_key;
    out.category = submission_.category;
    out.variant = submission_.variant;
    if (!submission_.collapse_key.empty()) {
        // A test replaces tests only.
        out.collapse = policy::named_scope(submission_.is_test ? "collapse-test" : "collapse", message.application,
                                           person_of(message) + '\n' + std::string(submission_.collapse_key));
    }
}

std::string Preparer::fields_of(const model::Message& message, const render::Template* program) const {
    auto fields =
        policy::read_fields(root_, profile_root_ ? &*profile_root_ : nullptr, settings_->daemon.country, data_paths_);
    for (std::size_t i = 0; i < message.plan.size(); ++i) {
        const auto& step = message.plan[i];
        if (!lined_.contains(step.channel)) continue;
        const auto content = std::ranges::find(submission_.content, step.channel, &admission::Content::channel);
        std::string sender;
        if (program != nullptr)
            sender = program->fixed_part(step.channel, step.locale, "from");
        else if (content != submission_.content.end())
            sender = content->from;
        fields.step_senders.emplace_back(static_cast<int>(i), std::move(sender));
    }
    return model::encode(fields, message.plan);
}

std::expected<Preparer::Prepared, Preparer::Refused> Preparer::prepare(const config::ApplicationSettings& app,
                                                                       std::string& body, Asked asked) {
    if (auto fine = read(body, asked.what_if); !fine) return std::unexpected(std::move(fine.error()));
    if (!asked.key.empty()) {
        if (!submission_.idempotency_key.empty() && submission_.idempotency_key != asked.key)
            return std::unexpected(invalid_message(
                {{"/idempotency_key", "the header Idempotency-Key says another one: send one of both"}}));
        submission_.idempotency_key = asked.key;
    }
    submission_.metadata = net::raw_member(body, "metadata");
    if (submission_.at) asked.now = *submission_.at;
    auto profile = add_profile(app, asked);
    if (!profile) return std::unexpected(std::move(profile.error()));

    Prepared out;
    if (!submission_.template_name.empty()) out.program = deps_.catalogue.find(submission_.template_name);
    const auto* program = out.program.get();
    std::string class_name(submission_.class_name);
    if (class_name.empty() && program) class_name = program->info().class_name;
    const auto* cls = find_class(*settings_, class_name);
    const bool plan_known = collect_steps(app, program, cls, class_name);
    judge_steps(program, class_name, body, asked.what_if);
    const auto nearest = program == nullptr ? nearest_template(app) : std::string();
    const admission::Facts facts{app,
                                 cls,
                                 class_name,
                                 asked.now,
                                 settings_->daemon.country,
                                 program != nullptr,
                                 steps_,
                                 asked.waiting,
                                 asked.next_token,
                                 plan_known,
                                 settings_.get(),
                                 nearest,
                                 needs_profile() && profile->empty()};
    auto decision = admission::decide(submission_, facts);
    if (!decision)
        return std::unexpected(refused(app, net::trimmed(body), std::move(decision.error()), asked.may_block));

    auto& message = out.message.message;
    message.application = app.name;
    message.class_name = std::move(class_name);
    message.accepted_at = asked.now;
    fill(out.message, std::move(*decision), program);
    const auto text = net::trimmed(body);
    if (!out.message.idempotency_key.empty()) out.message.request_hash = XXH3_64bits(text.data(), text.size());
    if (text.size() != body.size()) body = std::string(text);
    if (!profile->empty()) {
        body.pop_back();
        body += ",\"profile\":" + *profile + '}';
    }
    message.body = std::move(body);
    return out;
}

}  // namespace chapar::ingress
