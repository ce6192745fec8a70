#pragma once
// The HTML of one template's mails on its way from files to programs: MJML becomes HTML, style sheets go into elements.
// Belongs to one compilation.

#include <optional>
#include <string>
#include <vector>

#include "render/compiled.hpp"
#include "render/mjml_source.hpp"
#include "render/page_sources.hpp"

namespace chapar::render {

class MailPages {
  public:
    /// Notes, and what MJML made, go into `out`.
    MailPages(const SharedSource& shared, const CompileTools& tools, Compiled& out)
        : shared_(shared),
          tools_(tools),
          out_(out),
          sources_([&shared](const std::string& path) { return shared(path); }) {}

    struct Mail {
        std::string file;  // "email.fa.liquid"
        const std::string* source;
        const FrontMatter* front;
        bool mjml = false;
    };
    /// "file:line:column: sentence", when the mail can't be used.
    std::optional<std::string> add(const Mail& mail);
    /// When all are added: from here on find() answers what programs are made of.
    void finish();
    /// A mail's body by "NAME/FILE", a layout or a partial; nullptr: there is none.
    const PageSource* find(const std::string& path) { return sources_.find(path); }

  private:
    std::optional<Trouble> add_html(const Mail& mail);
    std::optional<Trouble> add_mjml(const Mail& mail);
    void add_remarks(const Mail& mail, const ProtectedMjml& mjml, const MjmlOutput& output);
    const SharedSource& shared_;
    const CompileTools& tools_;
    Compiled& out_;
    PageSources sources_;
    std::vector<Mail> mails_;
};

}  // namespace chapar::render
