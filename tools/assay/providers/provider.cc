#include "tools/assay/providers/provider.h"

#include <algorithm>

#include "engine/base/nearest_name.h"
#include "engine/json/writer.h"
#include "tools/assay/io/pretty_json.h"
#include "tools/assay/io/text.h"

namespace assay::cli {
namespace {

bool IsRequired(Amount amount) { return amount == Amount::kOne || amount == Amount::kSeveral; }
bool TakesOne(Amount amount) { return amount == Amount::kOne || amount == Amount::kOptional; }

std::string Dashed(std::string_view option) { return "--" + std::string(option); }

// Asked: the provider's questions alone.
std::vector<Question> Asked(const Provider& provider) {
  std::vector<Question> asked;
  std::copy_if(provider.questions.begin(), provider.questions.end(), std::back_inserter(asked),
               [](const Question& question) { return !question.option.empty(); });
  return asked;
}

// Defects: lines, each with the provider's name before it.
class Defects {
 public:
  explicit Defects(const Provider& provider) : start_("assay: " + std::string(provider.name) + ": ") {}
  void Add(std::string_view option, std::string_view wrong) {
    lines_ += (lines_.empty() ? "" : "\n") + start_ + Dashed(option) + ' ' + std::string(wrong);
  }
  bool empty() const { return lines_.empty(); }
  std::string Take() { return std::move(lines_); }

 private:
  std::string start_, lines_;
};

void CheckValues(const Question& question, const std::vector<std::string>& values, Defects* defects) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string shown = '`' + Printable(values[i]) + '`';
    const std::string_view wrong = question.shape(values[i]);
    if (!wrong.empty()) defects->Add(question.option, shown + ' ' + std::string(wrong));
    const auto seen = values.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(values.begin(), seen, values[i]) != seen) defects->Add(question.option, shown + " is given twice");
  }
  if (TakesOne(question.amount) && values.size() > 1) defects->Add(question.option, "can be given once only");
}

// CheckEither: of the questions of which one needs an answer.
void CheckEither(const std::vector<Question>& asked, const Answers& answers, Defects* defects) {
  std::string_view first;
  std::string wanted;
  for (const Question& question : asked) {
    if (question.amount != Amount::kEither) continue;
    if (answers.Has(question.option)) return;
    if (first.empty()) first = question.option;
    wanted += wanted.empty() ? std::string(question.what)
                             : "; or " + Dashed(question.option) + ", " + std::string(question.what);
  }
  if (!first.empty()) defects->Add(first, "is missing: " + wanted);
}

}  // namespace

void Answers::Add(std::string_view option, std::string value) {
  values_[std::string(option)].push_back(std::move(value));
}

const std::vector<std::string>& Answers::All(std::string_view option) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(option);
  return found == values_.end() ? kNone : found->second;
}

std::string Answers::One(std::string_view option, std::string_view fallback) const {
  return Has(option) ? All(option).front() : std::string(fallback);
}

std::vector<std::string_view> Answers::Options() const {
  std::vector<std::string_view> options;
  for (const auto& [option, values] : values_) options.push_back(option);
  return options;
}

std::vector<const Provider*> AllProviders() {
  std::vector<const Provider*> all;
  for (const auto providers : {HostedProviders(), CloudProviders(), ServerProviders(), WorkloadProviders()}) {
    for (const Provider& provider : providers) all.push_back(&provider);
  }
  std::sort(all.begin(), all.end(), [](const Provider* a, const Provider* b) { return a->name < b->name; });
  return all;
}

Result<const Provider*> FindProvider(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Provider* provider : AllProviders()) {
    if (provider->name == name) return provider;
    names.push_back(provider->name);
  }
  const std::string_view meant = NearestName(name, names);
  return Error{"there is no provider `" + std::string(name) + '`' +
               (meant.empty() ? "; `assay config init --list` names them" : "; `" + std::string(meant) + "` is one")};
}

std::string FindDefects(const Provider& provider, const Answers& answers) {
  const std::vector<Question> asked = Asked(provider);
  Defects defects(provider);
  for (const std::string_view option : answers.Options()) {
    const auto is_asked = [&](const Question& question) { return question.option == option; };
    if (std::any_of(asked.begin(), asked.end(), is_asked)) continue;
    std::string taken;
    for (const Question& question : asked) taken += ' ' + Dashed(question.option);
    defects.Add(option, "is not asked for; these are:" + taken);
  }
  for (const Question& question : asked) {
    const std::vector<std::string>& values = answers.All(question.option);
    if (values.empty() && IsRequired(question.amount)) {
      defects.Add(question.option, "is missing: " + std::string(question.what));
    }
    CheckValues(question, values, &defects);
  }
  CheckEither(asked, answers, &defects);
  if (defects.empty() && provider.check != nullptr) {
    for (const auto& [option, wrong] : provider.check(answers)) defects.Add(option, wrong);
  }
  return defects.Take();
}

std::string DescribeProvider(const Provider& provider) {
  std::string out = std::string(provider.name) + ": " + std::string(provider.title) + '\n';
  for (const Question& question : Asked(provider)) {
    std::string line = "  " + Dashed(question.option);
    line.resize(std::max<std::size_t>(line.size() + 1, 22), ' ');
    line += question.what;
    if (question.amount == Amount::kEither) line += " (one of these)";
    if (question.amount == Amount::kOptional || question.amount == Amount::kOptionalSeveral) line += " (optional)";
    if (!TakesOne(question.amount)) line += " (repeatable)";
    out += line + '\n';
  }
  return out;
}

std::string WriteConfiguration(const Provider& provider, const Answers& answers) {
  std::string json, out;
  json::Writer writer(&json);
  writer.Begin('{');
  writer.Member("about", std::string(provider.title) + ". Made by `assay config init " + std::string(provider.name) +
                             "`; the tokens: " + std::string(provider.page));
  writer.Member("version", 1).Name("issuers").Begin('[').Raw(provider.write(answers)).End(']').End('}');
  AppendPretty(&out, json);
  return out + '\n';
}

}  // namespace assay::cli
