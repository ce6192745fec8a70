#include "web/pages/form_book.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>

#include "config/checks.hpp"

namespace chapar::web {
namespace {

constexpr std::string_view form_folder = "_forms/", form_ending = ".toml";
constexpr std::size_t revision_bytes = 8;

std::string revision_of(const config::FormSettings& form) {
    std::string agreed = form.application;
    for (const auto* text : {&form.wording.fa, &form.wording.en})
        (agreed += '\n') += *text;
    for (const auto& topic : form.topics)
        (agreed += '\n') += topic;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(agreed.data(), agreed.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("the cryptographic library has no SHA-256");
    std::string out;
    for (std::size_t i = 0; i < revision_bytes; ++i)
        out += fmt::format("{:02x}", digest[i]);
    return out;
}

/// What of the site a form needs.
class Needs {
  public:
    Needs(const std::string& path, const config::Settings& settings, const render::Catalogue& catalogue)
        : path_(path), settings_(settings), catalogue_(catalogue) {}

    std::string check(const config::FormSettings& form) {
        if (std::ranges::find(settings_.applications, form.application, &config::ApplicationSettings::name) ==
            settings_.applications.end())
            wrong(fmt::format("no application \"{}\"", form.application));
        for (const auto& topic : form.topics)
            if (!is_topic(topic))
                wrong(fmt::format("\"{}\" is no [[category]], and no class that asks for consent", topic));
        has_template("confirm", form.confirm, form);
        if (!form.welcome.empty()) has_template("welcome", form.welcome, form);
        return std::move(found_);
    }

  private:
    void wrong(const std::string& sentence) {
        found_ += fmt::format("{}{}: {}", found_.empty() ? "" : "\n", path_, sentence);
    }
    bool is_topic(const std::string& topic) const {
        if (std::ranges::find(settings_.categories, topic, &config::CategorySettings::name) !=
            settings_.categories.end())
            return true;
        const auto cls = settings_.classes.find(topic);
        return cls != settings_.classes.end() && cls->second.requires_ != config::Requires::none;
    }
    void has_template(std::string_view key, const std::string& name, const config::FormSettings& form) {
        const auto found = catalogue_.find(name);
        if (!found) return wrong(fmt::format("{} = \"{}\": there is no such template", key, name));
        for (const auto& channel : form.channels)
            if (!found->has_channel(channel))
                wrong(fmt::format("{} = \"{}\": the template has nothing for {}", key, name, channel));
    }

    const std::string& path_;
    const config::Settings& settings_;
    const render::Catalogue& catalogue_;
    std::string found_;
};

}  // namespace

bool SubscriptionForm::takes(std::string_view channel) const {
    return std::ranges::find(settings.channels, channel) != settings.channels.end();
}

std::shared_ptr<const SubscriptionForm> FormBook::find(std::string_view name) const {
    auto forms = std::atomic_load(&forms_);
    const auto found = forms->find(name);
    return found == forms->end() ? nullptr : std::shared_ptr<const SubscriptionForm>(std::move(forms), &found->second);
}

std::string FormBook::use(const render::SiteFiles& files, const config::Settings& settings,
                          const render::Catalogue& catalogue) {
    auto next = std::make_shared<Forms>();
    std::string wrong;
    for (const auto& [path, text] : files) {
        if (!path.starts_with(form_folder) || !path.ends_with(form_ending)) continue;
        const auto name = path.substr(form_folder.size(), path.size() - form_folder.size() - form_ending.size());
        if (auto expected = config::check_name(name); !expected.empty()) {
            wrong += fmt::format("{}{}: the file's name is in the form's address: {}", wrong.empty() ? "" : "\n", path,
                                 expected);
            continue;
        }
        auto read = config::read_form(name, path, text);
        auto sentence = read ? Needs(path, settings, catalogue).check(*read) : std::move(read.error());
        if (!sentence.empty()) {
            (wrong += wrong.empty() ? "" : "\n") += sentence;
            continue;
        }
        auto revision = revision_of(*read);
        next->emplace(name, SubscriptionForm{std::move(*read), std::move(revision)});
    }
    if (wrong.empty()) std::atomic_store(&forms_, std::shared_ptr<const Forms>(std::move(next)));
    return wrong;
}

}  // namespace chapar::web
