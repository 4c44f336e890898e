//! `capabilities`: what the service can do (RFC 7808 §5.1).

use app::App;
use serde_json::{Value, json};

use super::{DAY, PUBLISHER, ROOT, json};
use crate::Answer;
use crate::property::calendar::MEDIA_TYPES;

pub(super) fn respond(app: &App) -> Answer {
    let action = |name: &str, template: &str, parameters: &[(&str, bool)]| {
        let parameter = |(name, required): &(&str, bool)| json!({ "name": name, "required": required, "multi": false });
        json!({
            "name": name,
            "uri-template": format!("{ROOT}{template}"),
            "parameters": parameters.iter().map(parameter).collect::<Vec<Value>>(),
        })
    };
    let range = |required| [("start", required), ("end", required)];
    json(
        &json!({
            "version": 1,
            "info": {
                "primary-source": format!("{PUBLISHER}:{}", app.zones().version()),
                "formats": MEDIA_TYPES,
                "truncated": { "any": true, "untruncated": true },
            },
            "actions": [
                action("capabilities", "/capabilities", &[]),
                action("list", "/zones{?changedsince}", &[("changedsince", false)]),
                action("get", "/zones{/tzid}{?start,end}", &range(false)),
                action("expand", "/zones{/tzid}/observances{?start,end}", &range(true)),
                action("find", "/zones{?pattern}", &[("pattern", true)]),
                action("leapseconds", "/leapseconds", &[]),
            ],
        }),
        DAY,
    )
}
