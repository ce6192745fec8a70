#include "render/mail_pages.hpp"

#include "render/blocks.hpp"
#include "render/line_index.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chapar::render {

namespace {

std::string_view body_of(const MailPages::Mail& mail) {
    return std::string_view(*mail.source).substr(mail.front->body_offset);
}

/// A place in the body as a place in the file.
Trouble in_file(const MailPages::Mail& mail, Trouble trouble) {
    trouble.place.line += mail.front->body_line - 1;
    return trouble;
}

/// Where what MJML made is kept in a bundle.
std::string made_path(const std::string& file) { return "made/" + file; }

}  // namespace

std::optional<Trouble> MailPages::add_html(const Mail& mail) {
    const std::string_view body = body_of(mail);
    sources_.add({out_.name + "/" + mail.file, std::string(body), {mail.front->body_offset, body.size()}});
    return std::nullopt;
}

void MailPages::add_remarks(const Mail& mail, const ProtectedMjml& mjml, const MjmlOutput& output) {
    const std::vector<std::size_t> starts = line_starts(mjml.text);
    const LineIndex lines(body_of(mail));
    for (const MjmlOutput::Remark& remark : output.remarks) {
        // What MJML can't judge because it stands for Liquid is no fault.
        if (remark.sentence.find(mjml.word) != std::string::npos) continue;
        const std::size_t line = std::max(remark.line, 1u);
        const std::size_t at = line <= starts.size() ? mjml.map.file_offset(starts[line - 1]) : 0;
        const Trouble place = in_file(mail, {lines.place(at), {}});
        out_.notes.push_back({out_.name + "/" + mail.file, {place.place.line, 1}, "mjml", remark.sentence});
    }
}

std::optional<Trouble> MailPages::add_mjml(const Mail& mail) {
    const std::string_view body = body_of(mail);
    if (mail.front->layout && !mail.front->layout->empty())
        return Trouble{mail.front->layout_place, "a mail in MJML is a whole page and takes no layout"};
    const auto mjml = protect_mjml(body);
    if (!mjml) return in_file(mail, mjml.error());
    MjmlOutput output;
    if (tools_.mjml) {
        auto made = tools_.mjml(mail.file, mjml->text);
        if (!made) return Trouble{{mail.front->body_line, 1}, std::move(made.error())};
        output = std::move(*made);
    } else {
        const std::string* kept = shared_(made_path(mail.file));
        if (kept == nullptr || !read_mjml_output(*kept, output))
            return Trouble{{mail.front->body_line, 1}, "MJML, and what was made of it is not kept"};
    }
    out_.bundle.files.insert_or_assign(made_path(mail.file), write_mjml_output(output));
    add_remarks(mail, *mjml, output);
    auto page = restore_mjml(output.html, *mjml, body);
    if (!page) return in_file(mail, page.error());
    PlaceMap map;
    for (const PlaceMap::Piece& piece : page->map.pieces())
        map.add(piece.made, piece.file + mail.front->body_offset, piece.size);
    sources_.add({out_.name + "/" + mail.file, std::move(page->text), std::move(map)});
    return std::nullopt;
}

std::optional<std::string> MailPages::add(const Mail& mail) {
    auto trouble = check_blocks(body_of(mail));
    if (trouble) trouble = in_file(mail, std::move(*trouble));
    if (!trouble) trouble = mail.mjml ? add_mjml(mail) : add_html(mail);
    if (trouble) return describe(out_.name + "/" + mail.file, *trouble);
    mails_.push_back(mail);
    return std::nullopt;
}

void MailPages::finish() {
    for (const Mail& mail : mails_) {
        const FrontMatter& front = *mail.front;
        const std::string path = out_.name + "/" + mail.file;
        const bool has_layout = front.layout && is_plain_name(*front.layout);
        // MJML decides by <mj-style inline="inline"> what it writes where.
        const bool wanted = front.inline_css.value_or(!mail.mjml);
        std::string trouble = sources_.look(path, has_layout ? "_layouts/" + *front.layout + ".liquid" : "", wanted);
        if (!trouble.empty() && wanted)
            out_.notes.push_back({path, {front.body_line, 1}, "css-left", std::move(trouble)});
    }
    sources_.finish();
    if (tools_.marks_origins) sources_.mark_origins();
    out_.page_paths = sources_.paths();
}

}  // namespace chapar::render
