"""How the page looks: ink on paper, and paper at night. Only fonts that are on the machine."""

import gradio as gr  # noqa: TID253 - the page is itself imported only on use

_SANS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Helvetica Neue",
    "Arial",
    "sans-serif",
)
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

# From paper to ink, a little warm; the accent is the red of a newspaper's masthead.
_PAPER = gr.themes.Color(
    c50="#fbf9f5",
    c100="#f4f0e8",
    c200="#e7e1d5",
    c300="#d3cabb",
    c400="#a89e8e",
    c500="#7d7468",
    c600="#5f574d",
    c700="#474039",
    c800="#2b2723",
    c900="#1f1c19",
    c950="#161412",
)
_RED = gr.themes.Color(
    c50="#fdf3f1",
    c100="#fae3df",
    c200="#f4c6be",
    c300="#eba195",
    c400="#de7a6b",
    c500="#c24a39",
    c600="#a83525",
    c700="#8c2a1d",
    c800="#6e2318",
    c900="#521b13",
    c950="#33100b",
)


def theme() -> gr.themes.Base:
    """Gradio's plainest theme in the page's colours; it follows the system into the dark."""
    return gr.themes.Base(
        primary_hue=_RED,
        secondary_hue=_RED,
        neutral_hue=_PAPER,
        radius_size=gr.themes.sizes.radius_sm,
        text_size=gr.themes.sizes.text_md,
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_200",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_100",
        background_fill_secondary_dark="*neutral_800",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_padding="0",
        block_shadow="none",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_border_color_focus="*primary_600",
        input_border_color_focus_dark="*primary_400",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        checkbox_label_background_fill="transparent",
        checkbox_label_background_fill_dark="transparent",
        checkbox_label_background_fill_hover="*neutral_100",
        checkbox_label_background_fill_hover_dark="*neutral_800",
        checkbox_label_background_fill_selected="*neutral_200",
        checkbox_label_background_fill_selected_dark="*neutral_800",
        button_secondary_background_fill="*neutral_200",
        button_secondary_background_fill_hover="*neutral_300",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_background_fill_hover_dark="*neutral_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
    )
